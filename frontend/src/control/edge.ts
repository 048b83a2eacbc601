// What the live edge says of itself: how old its data is, and how many phones are connected now.

export interface Health {
  ok: boolean;
  seq: number;
  source_age_s: number | null;
  live: { clients: number };
}

/** The edge's numbers, or null when it does not answer in time or answers something else. */
export async function health(url: string): Promise<Health | null> {
  try {
    const answer = await fetch(`${url}/healthz`, { cache: "no-store", signal: limit(5_000) });
    if (!answer.ok) return null;
    const said = (await answer.json()) as Health;
    return typeof said.seq === "number" && typeof said.live?.clients === "number" ? said : null;
  } catch {
    return null;
  }
}

/** A signal that gives up after so many milliseconds. */
export function limit(ms: number): AbortSignal {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), ms);
  return stop.signal;
}
