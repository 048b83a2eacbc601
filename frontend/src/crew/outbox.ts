// One word of a crew on its way to the server.

import { limit } from "../control/edge.ts";

export interface Item {
  /** Goes with the word, so that the server takes it once however often it is sent. */
  id: string;
  crew: string;
  /** When the button was pressed, ms. */
  at: number;
  fields: Record<string, string>;
  photo: Blob | null;
  /** Why the server refused it; "" while it waits. */
  refused: string;
}

export type Answer = { kind: "done" } | { kind: "later" } | { kind: "signed_out" } | { kind: "refused"; says: string };

const LIMIT_MS = 30_000;

/** The CSRF token of the cookie: the one in a page that was kept may be of an older sign-in. */
export function token(cookie: string): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookie)?.[1] ?? "";
}

/** What an answer means for the word that was sent. Pure. */
export function read(status: number, body: unknown): Answer {
  const said = body as { done?: boolean; signed_in?: boolean; refused?: { says?: string; code?: string } } | null;
  if (status === 200 && said?.done === true) return { kind: "done" };
  if (status === 401) return { kind: "signed_out" };
  if (status >= 400 && status < 500 && said?.refused)
    return { kind: "refused", says: said.refused.says ?? said.refused.code ?? "" };
  return { kind: "later" }; // a gate's page, a server that is down, an answer that was cut off
}

/** Send it. Whatever goes wrong on the way, it waits and is sent again. */
export async function deliver(item: Item): Promise<Answer> {
  const body = new FormData();
  for (const [name, value] of Object.entries(item.fields)) body.append(name, value);
  body.set("at", String(item.at)); // it may arrive hours later
  if (item.photo) body.set("photo", item.photo, "photo.jpg");
  try {
    const answer = await fetch("/crew/act", {
      method: "POST",
      body,
      headers: { "Tocsin-Crew": "1", "X-CSRFToken": token(document.cookie) },
      redirect: "error",
      signal: limit(LIMIT_MS),
    });
    return read(answer.status, await answer.json().catch(() => null));
  } catch {
    return { kind: "later" };
  }
}
