// What page and worker share of push: the wish that is kept for the worker, asking the server, reading a message. No DOM.

export interface Wish {
  key: string;
  cells: string[];
  language: string;
  level: "alert" | "pre_alert";
}

/** What the server sends; `docs/reference/webpush.md`. */
export interface Message {
  kind: "warning" | "record" | "test";
  act?: string;
  level?: string;
  warning?: string;
  id: string;
  title: string;
  body: string;
  lang: string;
  from: string;
  url: string;
  sent: string;
}

/** A notification, as `showNotification` takes it; newer than what TypeScript's list of options knows. */
export interface Shown {
  title: string;
  options: NotificationOptions & { renotify: boolean; timestamp: number; vibrate: number[] };
}

const CACHE = "tocsin-kept";
const WISH = "/push-wish";
const ALARM = [600, 200, 600, 200, 600, 200, 1200];
const CALM = [300];

/** The message, or null when it is none of ours. */
export function read(text: string): Message | null {
  try {
    const one = JSON.parse(text) as Message;
    const texts = [one.id, one.title, one.body, one.lang, one.from, one.url, one.sent];
    const known = ["warning", "record", "test"].includes(one.kind);
    return known && texts.every((value) => typeof value === "string") && one.title !== "" ? one : null;
  } catch {
    return null;
  }
}

/** How a message is shown. Whatever is said of one warning takes the place of what was said of it before, and is heard again. */
export function shown(one: Message): Shown {
  const alarm = one.kind === "warning" && one.act === "alert";
  const at = Date.parse(one.sent);
  return {
    title: one.title,
    options: {
      body: one.from && one.body ? `${one.body}\n${one.from}` : one.body || one.from,
      lang: one.lang,
      tag: one.warning || one.id,
      renotify: true,
      // An alarm stays until somebody has seen it.
      requireInteraction: alarm,
      timestamp: Number.isNaN(at) ? Date.now() : at,
      vibrate: alarm ? ALARM : CALM,
      icon: "/static/tocsin/icons/icon-192.png",
      data: { url: one.url },
    },
  };
}

/** The address that a click opens: always on our own site, whatever a message says. */
export function opens(url: unknown, origin: string): string {
  try {
    const asked = new URL(typeof url === "string" ? url : "/", origin);
    return asked.origin === origin ? asked.href : `${origin}/`;
  } catch {
    return `${origin}/`;
  }
}

/** Bytes of base64url. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

/** Keep what is wanted where the worker finds it: a browser may change the address while no page is open. */
export async function keepWish(wish: Wish | null): Promise<void> {
  const cache = await caches.open(CACHE);
  if (wish) await cache.put(WISH, new Response(JSON.stringify(wish), { headers: { "content-type": "application/json" } }));
  else await cache.delete(WISH);
}

export async function keptWish(): Promise<Wish | null> {
  try {
    const found = await (await caches.open(CACHE)).match(WISH);
    return found ? ((await found.json()) as Wish) : null;
  } catch {
    return null;
  }
}

/** Tell the server of a subscription, or (without a wish) to forget it. Rejects when it did not take place. */
export async function tell(subscription: PushSubscription, wish: Wish | null): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  const said = { subscription: { endpoint, keys }, ...(wish && { cells: wish.cells, language: wish.language, level: wish.level }) };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20_000);
  try {
    const answer = await fetch("/api/v1/subscriptions", {
      method: wish ? "POST" : "DELETE",
      headers: { "content-type": "application/json" },
      // Nobody is signed in for this: it belongs to the browser.
      credentials: "omit",
      body: JSON.stringify(said),
      signal: stop.signal,
    });
    if (!answer.ok) throw new Error(String(answer.status));
  } finally {
    clearTimeout(timer);
  }
}
