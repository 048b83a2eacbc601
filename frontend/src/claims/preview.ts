// Says, while somebody types, what the words will be taken for. Without it the button "Check" says the same.
const WAIT_MS = 250;

/** Shows what the server reads in the form's words, a moment after the last key; an older answer never overtakes a newer one. */
export function preview(form: HTMLFormElement): void {
  const wording = form.querySelector<HTMLTextAreaElement>("#wording");
  const language = form.querySelector<HTMLSelectElement>("#language");
  const out = form.querySelector<HTMLOutputElement>("#read");
  const token = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  const address = form.dataset["read"];
  if (!wording || !language || !out || !token || !address) return;
  let timer = 0;
  let asked = 0;

  const ask = async (): Promise<void> => {
    const mine = ++asked;
    const body = new URLSearchParams({
      wording: wording.value,
      language: language.value,
      csrfmiddlewaretoken: token.value,
    });
    try {
      const answer = await fetch(address, { method: "POST", body, redirect: "error" });
      if (!answer.ok) return;
      const said = (await answer.json()) as { says?: unknown };
      if (mine === asked && typeof said.says === "string") out.textContent = said.says;
    } catch {
      return; // no network: the button still asks, and says so
    }
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT_MS);
  };
  wording.addEventListener("input", soon);
  language.addEventListener("change", soon);
}
