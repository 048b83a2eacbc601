import "../styles/claims.css";

import { preview } from "./preview.ts";

const form = document.querySelector<HTMLFormElement>("form[data-claim]");
if (form) preview(form);
