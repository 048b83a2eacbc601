import "../styles/control.css";

import { pageData } from "../lib/page.ts";
import { Screen } from "./board.ts";
import type { Data } from "./data.ts";
import { keys } from "./keys.ts";
import { Chart } from "./chart.ts";
import { News } from "./news.ts";
import { enhance, Panels } from "./panels.ts";

const data = pageData<Data | null>();

if (data && document.getElementById("control")) {
  const screen = new Screen(data);
  const panels = new Panels({ words: data.words, again: () => screen.ask(), shown: () => screen.say() });
  const news = new News(data.news);
  const chart = new Chart(data);
  screen.onLink = (lost) => chart.lost(lost);
  screen.onBoard = (board) => {
    chart.set(board.areas);
    news.tell(board.news);
    void panels.check();
  };
  keys(panels);
  screen.start();
  document.getElementById("still")?.remove(); // from here on the screen says by itself how true it is
  // The most urgent work is one Enter away.
  if (document.activeElement === document.body && !location.hash)
    document.querySelector<HTMLElement>('[data-item="draft"] [data-open]')?.focus({ preventScroll: true });
} else {
  new Panels({ words: {}, again: () => Promise.resolve(), shown: () => {} });
  enhance(document, {});
}
