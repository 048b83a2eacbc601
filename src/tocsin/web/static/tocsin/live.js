// The state of one area, live. Listens to the edge and watches the age of what it was told, not the socket:
// after data.silent_s without truth it says that it does not know.

const data = JSON.parse(document.getElementById("data").textContent);
const edge = document.getElementById("edge").dataset.url;
const { words, language } = data;
const byId = new Map(data.areas.map((area) => [area.id, area]));
const WORST_FIRST = ["alert", "pre_alert", "unknown", "ended", "partial_clear", "ok"];
const KEPT = "tocsin.area";
const el = (id) => document.getElementById(id);

let area = null;
let source = null;
let retry = 0;
let retryTimer = 0;
let states = new Map();
let alerts = new Map();
let truthAt = null; // by this device's clock, the moment as of which we know
let startedAt = Date.now();
let offset = Date.parse(data.now) - Date.now(); // server clock minus ours

const serverNow = () => Date.now() + offset;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const pick = (texts) => (texts && (texts[language] ?? texts.en ?? Object.values(texts)[0])) || "";

function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const join = (...parts) => parts.join("\u00a0");
  if (s < 60) return join(s, words.unit_s);
  const minutes = Math.floor(s / 60);
  if (minutes < 10) return join(minutes, words.unit_min, s % 60, words.unit_s);
  if (minutes < 60) return join(minutes, words.unit_min);
  return join(Math.floor(minutes / 60), words.unit_h, minutes % 60, words.unit_min);
}

function clock(at) {
  const style = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: area.zone };
  return new Intl.DateTimeFormat(language, style).format(new Date(at));
}

// Set text only when it differs, so that a screen reader hears changes and nothing else.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === "";
}

function truth(age) {
  const seconds = Number(age);
  if (Number.isFinite(seconds)) truthAt = Date.now() - Math.max(0, seconds) * 1000;
}

function setClock(serverTime) {
  const at = Date.parse(serverTime);
  if (!Number.isNaN(at)) offset = at - Date.now();
}

const on = {
  hello(message) {
    setClock(message.server_time);
    truth(message.source_age_s);
  },
  state(message) {
    states = new Map(message.areas.map((one) => [one.id, one]));
    alerts = new Map(message.alerts.map((one) => [one.id, one]));
    truth(message.source_age_s);
  },
  update(message) {
    for (const one of message.areas) if (states.has(one.id)) states.set(one.id, one); // others do not cover this place
    if (message.alert) alerts.set(message.alert.id, message.alert);
    // A replayed update is as old as it says; it never makes what we know older.
    const at = Date.now() - Math.max(0, serverNow() - Date.parse(message.at));
    if (!Number.isNaN(at)) truthAt = Math.max(truthAt ?? 0, at);
  },
  ping(message) {
    setClock(message.server_time);
    truth(message.data_age_s);
  },
};

function listen() {
  clearTimeout(retryTimer);
  if (source) source.close();
  const query = new URLSearchParams({ cells: area.cells.join(","), lang: language });
  source = new EventSource(`${edge}/live?${query}`);
  for (const [name, act] of Object.entries(on)) {
    source.addEventListener(name, (event) => {
      let message;
      try {
        message = JSON.parse(event.data);
      } catch {
        return; // what cannot be read tells nothing; the age goes on growing
      }
      retry = 0;
      act(message);
      show();
    });
  }
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    retry = Math.min(retry + 1, 5);
    retryTimer = setTimeout(listen, 1000 * 2 ** retry * (0.5 + Math.random() / 2));
  };
}

// The worst of several direct states; null when none of them is known to us.
function worst(ids) {
  let found = null;
  for (const id of ids) {
    const one = states.get(id);
    if (!one) continue;
    const rank = WORST_FIRST.indexOf(one.phase);
    // A phase that we have no word for is one that we do not understand: unknown (rule R2).
    const known = rank < 0 ? { ...one, phase: "unknown", kind: null } : one;
    // Among several ends the newest counts: an old all clear of a part must not hide how the whole ended later.
    const newerEnd = found && found.phase === "ended" && known.phase === "ended" && known.since > found.since;
    if (!found || newerEnd || WORST_FIRST.indexOf(known.phase) < WORST_FIRST.indexOf(found.phase)) found = known;
  }
  return found;
}

const UNKNOWN = { phase: "unknown", kind: null, levels: [], since: null };

function judge() {
  const age = truthAt === null ? null : (Date.now() - truthAt) / 1000;
  const silent = age === null || age > data.silent_s;
  if (silent) return { age, silent, state: UNKNOWN, parts: [] };
  const here = states.has(area.id) ? worst([area.id, ...area.above]) : null;
  const parts = area.below
    .map((id) => [byId.get(id), states.get(id)])
    .filter(([part, one]) => part && one && one.phase !== "ok");
  const inside = worst(area.below);
  let state = here ?? UNKNOWN;
  // Danger in a part is danger for whoever chose the whole; a part's end is not the whole's.
  if (inside && ["alert", "pre_alert", "unknown"].includes(inside.phase)) {
    if (WORST_FIRST.indexOf(inside.phase) < WORST_FIRST.indexOf(state.phase)) state = inside;
  }
  return { age, silent, state, parts, uncovered: here === null };
}

function wordOf(state) {
  if (state.phase !== "ended") return [state.phase, state.phase];
  return [state.kind === "all_clear" ? "ended" : "ended_other", `ended_${state.kind}`];
}

// The warning that speaks loudest here: in force and of the highest level; else the newest that ended.
function leading(state) {
  const places = new Set([area.id, ...area.above, ...area.below]);
  const mine = [...alerts.values()].filter((one) => one.areas.some((id) => places.has(id)));
  const newest = (a, b) => Date.parse(b.issued_at ?? b.sent) - Date.parse(a.issued_at ?? a.sent);
  if (state.phase === "alert" || state.phase === "pre_alert") {
    const force = mine.filter((one) => !one.end && one.status === "Actual");
    return force.filter((one) => one.level === state.phase).sort(newest)[0] ?? force.sort(newest)[0] ?? null;
  }
  if (state.phase === "ended") return mine.filter((one) => one.end === state.kind).sort(newest)[0] ?? null;
  return null;
}

function stopwatch(state, alert) {
  if (!alert || (state.phase !== "alert" && state.phase !== "pre_alert")) return "";
  const since = (serverNow() - Date.parse(alert.issued_at ?? alert.sent)) / 1000;
  const lead = area.lead_s || alert.lead_time_s || 0;
  const counts = state.phase === "alert" && data.countdown.includes(alert.threat);
  if (counts && lead > 0 && since < lead) return fill(words.left, { time: span(lead - since) });
  const past = fill(words.since, { time: span(since) });
  return counts && lead > 0 ? `${past}. ${words.lead_over}` : past;
}

function show() {
  if (!area) return;
  const judged = judge();
  const { state, age } = judged;
  const [shape, sentence] = wordOf(state);
  const card = el("card");
  card.hidden = false;
  card.dataset.shown = shape;
  put(el("place"), area.name);
  put(el("state"), words[`state_${shape}`]);
  const waiting = age === null && Date.now() - startedAt < 5000;
  if (waiting) put(el("sentence"), words.loading);
  else if (judged.uncovered) put(el("sentence"), words.uncovered);
  else put(el("sentence"), words[`say_${sentence}`] ?? "");

  const alert = judged.silent ? null : leading(state);
  put(el("headline"), alert ? pick(alert.headline) : "");
  put(el("watch"), stopwatch(state, alert));
  put(el("instruction"), alert ? pick(alert.instruction) : "");
  el("todo").hidden = el("instruction").hidden;
  put(el("description"), alert ? pick(alert.description) : "");
  const expires = alert && !alert.end && alert.expires;
  put(el("until"), expires ? fill(words.until, { time: clock(expires) }) : "");
  const from = alert
    ? [alert.sender_name && fill(words.source, { name: pick(alert.sender_names) || alert.sender_name }), fill(words.sent, { time: clock(alert.sent) })]
    : [];
  put(el("from"), from.filter(Boolean).join(" · "));
  const cap = el("cap");
  cap.hidden = !alert;
  if (alert) cap.setAttribute("href", alert.cap);

  if (age === null) put(el("age"), waiting ? words.age_none : words.link_never);
  else if (judged.silent) put(el("age"), fill(words.link_lost, { age: span(age) }));
  else put(el("age"), fill(words.age, { age: span(age) }));
  el("age").classList.toggle("lost", judged.silent && !waiting);

  const list = judged.parts.map(([part, one]) => `${part.name}: ${words[`state_${wordOf(one)[0]}`]}`).sort();
  if (el("partlist").dataset.said !== list.join("\n")) {
    el("partlist").replaceChildren(
      ...list.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
    el("partlist").dataset.said = list.join("\n");
  }
  el("parts").hidden = list.length === 0;
  document.title = `${words[`state_${shape}`]} · ${area.name} · Tocsin`;
}

function keep(id) {
  try {
    localStorage.setItem(KEPT, id);
  } catch {
    // private browsing: the choice lasts as long as the page
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

function choose(id) {
  area = byId.get(id) ?? null;
  states = new Map();
  alerts = new Map();
  truthAt = null;
  startedAt = Date.now();
  if (!area) {
    if (source) source.close();
    el("card").hidden = true;
    return;
  }
  keep(id);
  show();
  if (area.cells.length > 0) listen();
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[’ʼ‘`´]/g, "'").toLowerCase();

function search() {
  const wanted = fold(el("search").value.trim());
  let first = "";
  for (const option of el("area").options) {
    const one = byId.get(option.value);
    const hit = !one || wanted === "" || one.find.some((name) => fold(name).includes(wanted));
    option.hidden = !hit;
    option.disabled = !hit;
    if (one && hit && first === "") first = one.id;
  }
  el("nomatch").hidden = first !== "";
  return first;
}

if (data.areas.length > 0) {
  el("searchbox").hidden = false;
  el("area").addEventListener("change", (event) => choose(event.target.value));
  el("search").addEventListener("input", search);
  el("chooser").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = el("search").value.trim() === "" ? el("area").value : search();
    if (first) {
      el("area").value = first;
      choose(first);
    }
  });
  const asked = el("area").value || kept();
  if (byId.has(asked)) {
    el("area").value = asked;
    choose(asked);
  }
  setInterval(show, 1000);
  // Timers sleep in the background; a page that is looked at again must not show what was true before.
  for (const wake of ["pageshow", "online"]) addEventListener(wake, show);
  document.addEventListener("visibilitychange", show);
}
