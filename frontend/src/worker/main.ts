// The service worker: lets the resident's page open without a network. It keeps the page, its files and lists; never a
// state. The server puts `self.TOCSIN` before this file: other files make another worker.

import { listen } from "./push.ts";
import { fits, isBare, route, stamped, wordsOf } from "./routes.ts";

interface Told {
  version: string;
  files: string[];
  unread: Record<string, [string, string]>;
}

const scope = self as unknown as ServiceWorkerGlobalScope & { TOCSIN: Told };
const { version, files } = scope.TOCSIN;
listen(scope, scope.TOCSIN.unread);
const NAME = `tocsin-${version}`;
/** What outlives a new worker: lists and the page itself. */
const KEPT = "tocsin-kept";
/** A crew's page: addresses stand in it, so it goes when the crew signs out. */
const CREW = "tocsin-crew";
const LIMIT_MS = 3000;
const AT = "x-kept-at";
const PAGE = "/";
const FORM = "/report";

scope.addEventListener("install", (event) => {
  event.waitUntil(install());
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all(
    files.filter((file) => file !== PAGE).map(async (file) => {
      const answer = await fetch(file);
      if (!fits("asset", answer)) throw new Error(file); // not ours: no worker yet, the browser tries again
      await cache.put(file, answer);
    }),
  );
  await refresh();
  await fetch(FORM, { cache: "no-store" }).then(keepForm).catch(() => {}); // the page itself matters more
  // A page that is open goes on with the worker and the files that it began with. Only a first worker takes over at once.
  if (!scope.registration.active) await scope.skipWaiting();
}

scope.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME && name !== KEPT && name !== CREW).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const way = route(request.method, url, scope.location.origin);
  if (way === "asset") event.respondWith(asset(request));
  else if (way === "list") event.respondWith(list(event));
  else if (way === "crew" && request.mode === "navigate") event.respondWith(crew(event));
  else if (way === "out" && request.mode === "navigate") event.waitUntil(caches.delete(CREW));
  else if (way === "form" && request.mode === "navigate") event.respondWith(form(event));
  else if (way === "page" && request.mode === "navigate") event.respondWith(page(event, url));
});

async function asset(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (fits("asset", answer)) await put(NAME, request, answer.clone());
  return answer;
}

/** Keep an answer. A device that has no room for it still gets the answer itself. */
async function put(name: string, request: Request | string, answer: Response): Promise<void> {
  try {
    await (await caches.open(name)).put(request, answer);
  } catch {
    // Full: what was kept before stays.
  }
}

/** The network's answer, or null when it does not come within the limit; what comes later is still kept. */
async function soon(event: FetchEvent, asking: Promise<Response>): Promise<Response | null> {
  event.waitUntil(asking.then(() => undefined, () => undefined));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), LIMIT_MS);
  });
  try {
    return await Promise.race([asking, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function list(event: FetchEvent): Promise<Response> {
  const asking = fetch(event.request).then(async (answer) => {
    if (fits("list", answer)) await put(KEPT, event.request, answer.clone());
    return answer;
  });
  const answer = await soon(event, asking);
  if (answer && fits("list", answer)) return answer;
  return (await (await caches.open(KEPT)).match(event.request)) ?? asking;
}

async function page(event: FetchEvent, url: URL): Promise<Response> {
  const asking = fetch(event.request).then(async (answer) => {
    if (answer.ok && isBare(url)) await keep(answer.clone()).catch(() => {}); // full: what was kept before stays
    // Another language was chosen beside a place: the bare page is asked for anew, so that it speaks it, too.
    else if (answer.ok && url.searchParams.has("lang")) event.waitUntil(refresh());
    return answer;
  });
  const answer = await soon(event, asking);
  // A server that is broken says less than the page as it was kept: that one says how long nothing was known, and asks on.
  if (answer && answer.status < 500) return answer;
  return (await kept()) ?? asking;
}

/** The crew's page: what the network says, or, when that does not answer, what it said last. */
async function crew(event: FetchEvent): Promise<Response> {
  const asking = fetch(event.request).then(async (answer) => {
    // Signed out, or no crew any more: nothing of it stays here.
    if (answer.redirected || answer.status === 403) await caches.delete(CREW);
    else if (answer.ok) await keepCrew(answer.clone()).catch(() => {});
    return answer;
  });
  const answer = await soon(event, asking);
  if (answer && answer.status < 500) return answer;
  const found = await (await caches.open(CREW)).match(event.request.url);
  if (!found) return asking;
  return new Response(stamped(await found.text(), Number(found.headers.get(AT))), { headers: found.headers });
}

async function keepCrew(answer: Response): Promise<void> {
  const headers = new Headers(answer.headers);
  headers.set(AT, String(Date.now()));
  headers.delete("content-encoding");
  await (await caches.open(CREW)).put(answer.url, new Response(await answer.text(), { status: 200, headers }));
}

/** The empty form: what the network says, or as it was kept, in the language in which it was asked for last. */
async function form(event: FetchEvent): Promise<Response> {
  const asking = fetch(event.request).then(async (answer) => {
    await keepForm(answer.clone()).catch(() => {});
    return answer;
  });
  const answer = await soon(event, asking);
  if (answer && answer.status < 500) return answer;
  return (await (await caches.open(KEPT)).match(FORM)) ?? asking;
}

async function keepForm(answer: Response): Promise<void> {
  const html = await answer.text();
  if (!answer.ok || answer.redirected || !html.includes("data-report")) return; // somebody's gate
  const headers = new Headers(answer.headers);
  headers.delete("content-encoding");
  await (await caches.open(KEPT)).put(FORM, new Response(html, { status: 200, headers }));
}

async function refresh(): Promise<void> {
  const answer = await fetch(PAGE, { cache: "no-store" });
  if (answer.ok && !answer.redirected) await keep(answer);
}

async function keep(answer: Response): Promise<void> {
  const headers = new Headers(answer.headers);
  headers.set(AT, String(Date.now()));
  headers.delete("content-encoding");
  const [cache, html] = [await caches.open(KEPT), await answer.text()];
  const words = wordsOf(html);
  if (!words) return; // somebody's gate answered in our place: that page is none of ours
  if (!(await cache.match(words))) {
    const said = await fetch(words);
    if (!fits("list", said)) return; // without its words the page says nothing
    await cache.put(words, said);
  }
  await cache.put(PAGE, new Response(html, { status: 200, headers }));
}

async function kept(): Promise<Response | null> {
  const found = await (await caches.open(KEPT)).match(PAGE);
  if (!found) return null;
  return new Response(stamped(await found.text(), Number(found.headers.get(AT))), { headers: found.headers });
}
