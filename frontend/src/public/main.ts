// The resident's page.

import "../styles/public.css";

import { run } from "./app.ts";
import { load } from "./data.ts";

void load().then(run);
