// A push message comes in while no page is open: show it. A click opens the page.

import { bytes, keepWish, keptWish, opens, read, type Shown, shown, tell } from "../lib/push.ts";

type Unread = Record<string, [string, string]>;

/** @param unread language → title and text of what cannot be read: a browser takes the right to push from who shows nothing */
export function listen(scope: ServiceWorkerGlobalScope, unread: Unread): void {
  scope.addEventListener("push", (event) => {
    const { title, options } = toShow(event.data?.text() ?? "", unread, scope.navigator.language);
    event.waitUntil(scope.registration.showNotification(title, options));
  });
  scope.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(scope, opens((event.notification.data as { url?: unknown } | null)?.url, scope.location.origin)));
  });
  scope.addEventListener("pushsubscriptionchange", (event) => {
    (event as ExtendableEvent).waitUntil(renew(scope));
  });
}

export function toShow(text: string, unread: Unread, language: string): Shown {
  const message = read(text);
  if (message) return shown(message);
  const [title, body] = unread[language.split("-")[0] ?? ""] ?? unread["en"] ?? ["Tocsin", ""];
  return shown({ kind: "record", id: "unread", title, body, lang: "", from: "", url: "/", sent: "" });
}

/** A page that is open already comes to the front; it shows by itself what holds now. */
async function open(scope: ServiceWorkerGlobalScope, url: string): Promise<void> {
  const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname === new URL(url).pathname);
  if (page) await page.focus();
  else await scope.clients.openWindow(url);
}

/** The browser has given up the address: ask for another, and tell the server of it. */
async function renew(scope: ServiceWorkerGlobalScope): Promise<void> {
  const wish = await keptWish();
  if (!wish) return;
  const held = await scope.registration.pushManager.getSubscription();
  const made = held ?? (await scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(wish.key) }));
  await tell(made, wish);
  await keepWish(wish);
}
