// What the worker does with an address. Pure.

export type Route = "page" | "form" | "asset" | "list" | "crew" | "out" | "pass";

/** Lists that hold no state and no person: worth keeping for a time without network. */
const LISTS = ["/resident.json", "/places.json", "/shelters.json", "/map.json", "/manifest.webmanifest"];

/**
 * `page`: the resident's page, from the network if that answers soon, else as it was kept.
 * `form`: the resident's report, as it is empty; what is written in it waits in the page's own outbox (`report/`).
 * `asset`: a file whose name holds the hash of its bytes. `list`: like the page, whatever its query.
 * `crew`: a crew's own page, kept on its own phone until it signs out. `out`: a way out of the account, which ends that.
 * `pass`: none of our business: live streams, the control room, accounts, acts, positions turned into cells.
 */
export function route(method: string, url: URL, origin: string): Route {
  if (method !== "GET" || url.origin !== origin) return "pass";
  if (url.pathname === "/") return "page";
  if (url.pathname === "/report") return "form";
  if (url.pathname === "/crew") return "crew";
  if (url.pathname === "/accounts/logout/") return "out";
  if (url.pathname.startsWith("/static/tocsin/built/assets/")) return "asset";
  if (url.pathname === "/static/tocsin/icon.svg" || url.pathname.startsWith("/static/tocsin/icons/")) return "asset";
  return LISTS.includes(url.pathname) ? "list" : "pass";
}

/** Whether an answer to that address is the bare page, which fits every place. */
export function isBare(url: URL): boolean {
  return url.pathname === "/" && !url.searchParams.has("area") && !url.searchParams.has("q");
}

/** The page with the moment at which it was kept written into it, so that its script takes nothing in it for news. */
export function stamped(html: string, at: number): string {
  return html.replace(/<html\b/, `<html data-kept="${at}"`);
}

/** The address of the words that a page speaks, out of the page: without them it says nothing. */
export function wordsOf(html: string): string | null {
  return /data-agreed="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? null;
}

/** Whether an answer is what its address promises, and not the page of somebody's gate or an error. */
export function fits(way: Route, answer: { ok: boolean; redirected: boolean; headers: { get(name: string): string | null } }): boolean {
  const type = answer.headers.get("content-type") ?? "";
  if (!answer.ok || answer.redirected) return false;
  if (way === "list") return /[/+]json\b/.test(type);
  return way !== "asset" || /javascript|css|image\//.test(type);
}
