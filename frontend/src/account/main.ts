// Passkeys on the account pages: sign in with one, show one again, add one. Everything else there works without script.

import { pageData, put } from "../lib/page";
import { answer, forCreate, forGet, type CreationOptions, type RequestOptions } from "../lib/passkey";
import "../styles/account.css";

interface Data {
  creation_options?: CreationOptions;
  request_options?: RequestOptions;
}

type Deed = (form: HTMLFormElement) => Promise<globalThis.Credential | null>;

const deeds: Record<string, Deed> = {
  "sign-in": async (form) => {
    const reply = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(`${reply.status}`);
    return navigator.credentials.get(forGet(((await reply.json()) as Required<Data>).request_options));
  },
  use: () => navigator.credentials.get(forGet(pageData<Required<Data>>().request_options)),
  add: (form) => {
    const alone = form.querySelector<HTMLInputElement>('input[name="passwordless"]')?.checked ?? true;
    return navigator.credentials.create(forCreate(pageData<Required<Data>>().creation_options, alone));
  },
};

function offer(form: HTMLFormElement, deed: Deed): void {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const says = form.querySelector<HTMLElement>(".passkey-says");
  const field = form.querySelector<HTMLInputElement>('input[name="credential"]');
  if (!button || !says || !field) return;
  // An address that is a number can hold no passkey, although the browser has the functions.
  if (typeof PublicKeyCredential === "undefined" || /^[\d.]+$|^\[/.test(location.hostname)) {
    put(says, says.dataset["none"] ?? "");
    return;
  }
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    put(says, says.dataset["waiting"] ?? "");
    deed(form)
      .then((credential) => {
        if (!credential) throw new Error("none");
        field.value = answer(credential as PublicKeyCredential);
        form.submit();
      })
      .catch(() => {
        button.disabled = false;
        put(says, says.dataset["failed"] ?? "");
        button.focus();
      });
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  const deed = deeds[form.dataset["passkey"] ?? ""];
  if (deed) offer(form, deed);
}
