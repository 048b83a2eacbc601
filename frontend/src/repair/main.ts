import "../styles/repair.css";

import { pageData } from "../lib/page.ts";
import { Board, type Data } from "./board.ts";
import { dragging } from "./drag.ts";
import { Chart } from "./chart.ts";

const data = pageData<Data>();
const board = new Board(data);
const chart = new Chart(data);
board.onChange = () => chart.again();
dragging(() => board.hold(), () => board.release());
board.start();
