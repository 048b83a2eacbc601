// The states of areas from the live edge, with the age of what is known: after `silentS` seconds without truth it says
// so, whether or not a connection stands.

export type AreaState = { id: string; phase: string; kind: string | null };
type Message = { areas?: AreaState[]; source_age_s?: number | null; data_age_s?: number | null };

const WORST_FIRST = ["alert", "pre_alert", "unknown", "ended", "partial_clear", "ok"];

export class Live {
  private readonly states = new Map<string, AreaState>();
  private source: EventSource | null = null;
  private truthAt: number | null = null;
  private retry = 0;

  constructor(
    private readonly url: string,
    private readonly silentS: number,
    private readonly changed: () => void,
  ) {}

  listen(): void {
    this.source?.close();
    const source = new EventSource(this.url);
    this.source = source;
    for (const name of ["hello", "state", "update", "ping"]) {
      source.addEventListener(name, (event) => this.take(name, JSON.parse((event as MessageEvent<string>).data) as Message));
    }
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      this.retry = Math.min(this.retry + 1, 4);
      setTimeout(() => this.listen(), 500 * 2 ** this.retry);
    };
  }

  private take(name: string, message: Message): void {
    this.retry = 0;
    if (name === "state") this.states.clear();
    for (const one of message.areas ?? []) {
      if (name === "state" || this.states.has(one.id)) this.states.set(one.id, one);
    }
    const age = name === "update" ? 0 : (message.source_age_s ?? message.data_age_s);
    if (typeof age === "number") this.truthAt = Date.now() - Math.max(0, age) * 1000;
    this.changed();
  }

  /** Whether there was no truth for too long. */
  get lost(): boolean {
    return this.truthAt === null || Date.now() - this.truthAt > this.silentS * 1000;
  }

  /** Whether anything was ever heard. */
  get heard(): boolean {
    return this.truthAt !== null;
  }

  /** What an area shows: the worst of itself and those that hold it. */
  shown(area: string, above: string[]): string {
    if (this.lost) return "unknown";
    let worst: AreaState | undefined;
    for (const id of [area, ...above]) {
      const one = this.states.get(id);
      if (one && (!worst || rank(one.phase) < rank(worst.phase))) worst = one;
    }
    return worst ? shownAs(worst) : "unknown";
  }
}

function rank(phase: string): number {
  const place = WORST_FIRST.indexOf(phase);
  return place < 0 ? WORST_FIRST.indexOf("unknown") : place;
}

export function shownAs(one: AreaState): string {
  if (one.phase === "ended") return one.kind === "all_clear" ? "ended" : "ended_other";
  return WORST_FIRST.includes(one.phase) ? one.phase : "unknown";
}
