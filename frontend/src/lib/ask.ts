// Asking the server for a document, with an end: on a half-open connection `fetch` alone would wait for ever.

export const ASK_MS = 20_000;

/**
 * The JSON at an address. Rejects when it does not come in time, is refused, or is no JSON (the page of a hotel's gate).
 *
 * `AbortSignal.timeout` would be shorter, but older phones lack it.
 */
export async function ask<T>(url: string, init: RequestInit = {}, withinMs = ASK_MS): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), withinMs);
  try {
    const answer = await fetch(url, { ...init, signal: stop.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()) as T;
  } finally {
    clearTimeout(timer);
  }
}
