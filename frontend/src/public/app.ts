// The resident's page: one place, its state, what to do. Everything below holds what the page knows and joins its parts.

import { type Heard, Link, take } from "../lib/link.ts";
import { el, put } from "../lib/page.ts";
import { cellsFor, judge, leading, nothing, pick, type Place, shownAs, stopwatch } from "../lib/state.ts";
import { box, keepLast, keepPlaces, keepSeen, type Kept, keptPlaces, lastOf, seenPlace, withFirst } from "../lib/store.ts";
import { deviceNow, ServerClock } from "../lib/time.ts";
import { draw } from "./card.ts";
import { Chart } from "./chart.ts";
import { Chooser, places } from "./chooser.ts";
import { data, lost, word } from "./data.ts";
import { kept as keptPage, openedAt } from "./fresh.ts";
import { Finder } from "./finder.ts";
import { drawMine, offerEdit } from "./mine.ts";
import { Push } from "./push.ts";
import { share } from "./share.ts";
import { Near } from "./shelters.ts";
import { Sounding } from "./sounding.ts";

const WAIT_MS = 5000;
const KEEP_EVERY_MS = 15_000;

/** Everything that the page knows while it is open. Called once its words are there. */
/** Nobody is told to take cover where nothing is in force. */
const calm = (phase: string): boolean => phase === "ok" || phase === "ended";

export function run(): void {
  const memory = box();
  const known = nothing();
  const clock = new ServerClock();
  const now = deviceNow;
  const serverNow = (): number => clock.now(now());

  let place: Place | null = null;
  let mine: Kept[] = keptPlaces(memory);
  let askedAt = now();
  let keptAt = 0;
  let keptWhat = "";
  let deaf = true;

  const link = new Link(el("edge").dataset["url"] ?? "", data.language, hear);
  const sounding = new Sounding(data.tones, memory, serverNow);
  const near = new Near(serverNow);
  const finder = new Finder((found, spot) => {
    choose(found, true);
    near.stand(spot);
  }, (found) => choose(found));

  const push = new Push(() => mine);

  const chart = new Chart((id) => void byId(id).then((found) => found && choose(found)));

  async function byId(id: string): Promise<Place | null> {
    try {
      return (await places()).find((one) => one.id === id) ?? null;
    } catch {
      return null;
    }
  }

  function hear(heard: Heard): void {
    if (!take(known, clock, heard, now())) return;
    if (place && heard[0] === "update") {
      sounding.changed(place, heard[1], judge(place, known, now(), data.silent_s).state.phase);
    }
    show();
    if (heard[0] === "state") named();
    if (place && heard[0] === "state") {
      const alert = leading(place, judge(place, known, now(), data.silent_s).state, known.alerts.values());
      if (deaf) sounding.seen(alert);
      else sounding.caughtUp(alert);
      deaf = false;
    }
  }

  /** Names come with every state in every language: kept places follow the language of the page. */
  function named(): void {
    const rename = <T extends Place>(one: T): T => {
      const name = pick(known.states.get(one.id)?.names, data.language);
      return name && name !== one.name ? { ...one, name } : one;
    };
    mine = mine.map(rename);
    if (place) place = rename(place);
    keepPlaces(memory, mine);
  }

  /** Whatever goes wrong while it is drawn, what is no longer known must not stay in sight. */
  function show(): void {
    try {
      drawAll();
    } catch (fault) {
      lost();
      throw fault;
    }
  }

  function drawAll(): void {
    const at = now();
    link.watch();
    drawMine(mine, place?.id ?? null, known, at, { show: choose, label, remove });
    if (!place) return;
    const judged = judge(place, known, at, data.silent_s);
    const alert = judged.silent ? null : leading(place, judged.state, known.alerts.values());
    const last = judged.state.phase === "unknown" ? lastOf(memory, place.id) : null;
    const waiting = judged.ageS === null && at - askedAt < WAIT_MS;
    const server = clock.now(at);
    draw({ place, judged, alert, last, waiting, now: server, wrongS: clock.wrongS() });
    const watch = stopwatch(place, judged.state, alert, data.countdown, server);
    sounding.tick(place, alert, watch);
    near.lead(watch?.kind === "left" ? watch.seconds : watch?.over ? 0 : place.lead_s, calm(judged.state.phase));
    el("keep").hidden = mine.some((one) => one.id === place?.id);
    remember(at);
  }

  /** Keep what was known last, so that a lost link, also over a reload, can say it: each change, and now and then. */
  function remember(at: number): void {
    if (!place) return;
    const judged = judge(place, known, at, data.silent_s);
    if (judged.silent || judged.uncovered || judged.state.phase === "unknown" || known.truthAt === null) return;
    const alert = leading(place, judged.state, known.alerts.values());
    const force = alert && !alert.end ? alert : null;
    const what = `${place.id} ${judged.state.phase} ${judged.state.kind} ${alert?.identifier}`;
    if (what === keptWhat && at - keptAt < KEEP_EVERY_MS) return;
    [keptAt, keptWhat] = [at, what];
    keepLast(memory, {
      id: place.id,
      at: clock.now(known.truthAt),
      shown: shownAs(judged.state)[0],
      warning: force?.id ?? "",
      headline: alert ? pick(alert.headline, data.language) : "",
      instruction: force ? pick(force.instruction, data.language) : "",
      threat: force?.threat ?? "",
      level: force?.level ?? "",
      until: force?.expires ?? null,
    });
  }

  function choose(chosen: Place, byPosition = false): void {
    if (!byPosition) {
      finder.forget();
      near.stand(null);
    }
    mine = withFirst(mine, chosen);
    keepPlaces(memory, mine);
    push.draw();
    void push.changed();
    if (location.search) history.replaceState(null, "", "/");
    turnTo(chosen);
    el("place").focus();
  }

  /** Show a place and listen for it, without keeping it. */
  function turnTo(chosen: Place): void {
    place = chosen;
    askedAt = now();
    deaf = !known.states.has(chosen.id);
    languages();
    listen();
    // Once a place is shown, a position is asked for to find the way to a shelter.
    if (document.getElementById("positionbox"))
      el("nearlist").after(...["positionbox", "positionsaid", "maybe"].map((id) => el(id)));
    near.turnTo(chosen);
    chart.focus(chosen.id);
    if (!deaf) sounding.seen(leading(chosen, judge(chosen, known, now(), data.silent_s).state, known.alerts.values()));
    show();
  }

  function listen(): void {
    const all = place ? [place, ...mine] : mine;
    const fresh = link.open(cellsFor(all, data.most_cells));
    if (fresh && place && !known.states.has(place.id)) known.truthAt = null;
  }

  /** The links to other languages keep the place only while it stands in the address: a kept one stays on the device. */
  function languages(): void {
    const asked = new URLSearchParams(location.search).get("area");
    for (const a of document.querySelectorAll<HTMLAnchorElement>(".languages a")) {
      const query = new URLSearchParams(new URL(a.href).search);
      if (asked) query.set("area", asked);
      else query.delete("area");
      a.href = `/?${query}`;
    }
  }

  function label(one: Kept, as: Kept["label"]): void {
    mine = mine.map((other) => (other.id === one.id ? { ...other, label: as } : other));
    keepPlaces(memory, mine);
    show();
  }

  function remove(one: Kept): void {
    mine = mine.filter((other) => other.id !== one.id);
    if (seenPlace(memory, one.id)) keepSeen(memory, null);
    keepPlaces(memory, mine);
    show();
    void push.changed();
    el("search").focus();
  }

  /** Kept places as the server knows them today: an area that was put above or into one must not stay out of sight. */
  async function renew(): Promise<void> {
    if (mine.length === 0) return;
    const fresh = new Map((await places()).map((one) => [one.id, one]));
    const renewed = <T extends Place>(one: T): T => {
      const { find: _, ...today } = fresh.get(one.id) ?? one;
      const cells = one.also ? [...new Set([...today.cells, ...one.cells])] : today.cells;
      return { ...one, ...today, cells };
    };
    mine = mine.map(renewed);
    if (place) place = renewed(place);
    keepPlaces(memory, mine);
    listen();
    show();
  }

  function wake(): void {
    if (!document.hidden) link.wake();
    show();
  }

  /** Turn to the place that the address names. Another place's calm must not be read as an answer for that one. */
  async function follow(id: string): Promise<void> {
    try {
      const found = mine.find((one) => one.id === id) ?? seenPlace(memory, id) ?? (await places()).find((one) => one.id === id);
      if (place) return; // chosen by hand meanwhile
      if (found) turnTo(found);
      else put(el("found"), word("pub_link_unknown"));
    } catch {
      put(el("found"), word("pub_places_failed"));
    }
  }

  async function start(): Promise<void> {
    // First of all: nothing that is waited for below may keep the age from being seen to grow.
    setInterval(show, 1000);
    document.getElementById("old")?.remove();
    setInterval(() => near.again(), 30_000);
    // Timers sleep in the background; a page that is looked at again must not show what was true before.
    for (const event of ["pageshow", "online", "offline"]) addEventListener(event, wake);
    document.addEventListener("visibilitychange", wake);
    el("card").hidden = true;
    new Chooser(choose);
    offerEdit();
    chart.offer();
    el("share").hidden = false;
    el("share").addEventListener("click", () => place && void share(place));
    el("keep").addEventListener("click", () => place && choose(place));
    const asked = new URLSearchParams(location.search).get("area") ?? "";
    if (data.place && data.state && keptPage === null) {
      // The server said it while it made this page: as old as the request, at most.
      take(known, clock, ["state", data.state], now());
      known.truthAt = openedAt();
      keepSeen(memory, data.place);
      turnTo(data.place);
    } else if (asked && data.place?.id !== asked) {
      await follow(asked);
    } else if (data.place ?? mine[0]) turnTo((data.place ?? mine[0])!);
    if (!place) listen();
    show();
    void renew().catch(() => {}); // what is kept stays as it is
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {}); // no worker: no page offline
  }

  void start();
}
