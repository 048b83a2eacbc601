// The stream of exercises. It shares nothing with the live link: another address, another event, another type.

import type { Drill } from "./state.ts";

export interface Heard {
  hello(serverTime: string): void;
  drill(drill: Drill): void;
  ping(serverTime: string): void;
}

/** Listen until the returned function is called. The browser comes again by itself; when it gives up, we do. */
export function listen(edge: string, cells: string[], heard: Heard): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let failures = 0;
  const on = (name: string, act: (data: Record<string, unknown>) => void): void => {
    source?.addEventListener(name, (event) => {
      try {
        act(JSON.parse((event as MessageEvent<string>).data) as Record<string, unknown>);
        failures = 0;
      } catch {
        // What cannot be read tells nothing; the age goes on growing.
      }
    });
  };
  const open = (): void => {
    const mine = new EventSource(`${edge}/drill?cells=${cells.join(",")}`);
    source = mine;
    on("hello", (data) => heard.hello(String(data["server_time"])));
    on("drill", (data) => heard.drill(data as unknown as Drill));
    on("ping", (data) => heard.ping(String(data["server_time"])));
    mine.onerror = () => {
      if (mine !== source || mine.readyState !== EventSource.CLOSED) return;
      failures = Math.min(failures + 1, 5);
      timer = window.setTimeout(open, 1000 * 2 ** failures * (0.5 + Math.random() / 2));
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}
