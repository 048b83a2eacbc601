// A resident's report on its way to the server.

export interface Item {
  /** Made here and sent with it, so that the server takes it once however often it is sent. */
  id: string;
  /** When the button was pressed, ms. */
  at: number;
  fields: Record<string, string>;
  photos: Blob[];
  /** Why it was not taken, in the reader's words; "" while it waits. */
  refused: string;
}

/** `page`: the server's answer, to be shown in the place of the form. */
export type Answer = { kind: "done"; page: string } | { kind: "refused"; page: string } | { kind: "later" };

/** The form's field of photos. */
const PHOTO = "photo";
/** Photos over one bar of signal take their time. */
const LIMIT_MS = 180_000;

/** The token of a form that was asked for just now; "" in the page of somebody's gate. */
export function token(page: string): string {
  return /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

/** What an answer means. Pure. Only our own pages count: a hotel's gate says 200 to everything. */
export function read(status: number, page: string): Answer {
  if (status === 200 && page.includes("data-received")) return { kind: "done", page };
  if (status >= 400 && status < 500 && status !== 429 && page.includes("data-report")) return { kind: "refused", page };
  return { kind: "later" };
}

/** Send it. Whatever goes wrong on the way, it waits and is sent again. */
export async function deliver(item: Item, address: string): Promise<Answer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT_MS);
  const asked: RequestInit = { cache: "no-store", redirect: "error", signal: stop.signal };
  try {
    // The page may have been kept for days: its token may be too old.
    const fresh = token(await (await fetch(address, asked)).text());
    if (!fresh) return { kind: "later" };
    const body = new FormData();
    for (const [name, value] of Object.entries(item.fields)) body.append(name, value);
    body.set("csrfmiddlewaretoken", fresh);
    body.set("client_id", item.id);
    for (const photo of files(item)) body.append(PHOTO, photo);
    const answer = await fetch(address, { ...asked, method: "POST", body });
    return read(answer.status, await answer.text());
  } catch {
    return { kind: "later" };
  } finally {
    clearTimeout(timer);
  }
}

/** Its photos as files; one that comes out of the device's memory may have lost its name. */
export function files(item: Item): File[] {
  return item.photos.map((one, n) => (one instanceof File ? one : new File([one], `photo-${n}`, { type: one.type })));
}
