// A number with its noun. The forms come from the server (`tocsin.web.words.forms`), by the plural categories of Unicode
// CLDR; which category a number has in which language, the browser knows.

import { fill } from "./page.ts";

export type Forms = Readonly<Record<string, string>>;

const rules = new Map<string, Intl.PluralRules>();

/** `plural("ru", {one: "{n} минута", few: "{n} минуты", other: "{n} минут"}, 5)` is `5 минут`. */
export function plural(language: string, forms: Forms, n: number, more: Record<string, string | number> = {}): string {
  let rule = rules.get(language);
  if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
  return fill(forms[rule.select(n)] ?? forms.other ?? "", { n, ...more });
}
