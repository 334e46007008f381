/** Menus, windows, confirmations and the theme switch of server-rendered pages. */
import { ask } from "./ask.ts";
import { csrfToken } from "./api.ts";

function closeMenus(except?: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  closeMenus(target.closest("details.menu"));
  const opener = target.closest<HTMLElement>("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset["dialog"] ?? "");
    // The menu it was chosen from gives way, and gets the focus back once the window is closed.
    const menu = opener.closest("details.menu");
    menu?.querySelector("summary")?.focus();
    if (menu) closeMenus();
    if (dialog instanceof HTMLDialogElement) {
      dialog.showModal();
      // What the window is for comes before the button that closes it.
      dialog.querySelector<HTMLElement>("form :is(select, input:not([type=hidden]), textarea, button)")?.focus();
    }
  }
  if (target.closest("[data-close]")) target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement) target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (!menu) return;
  closeMenus();
  menu.querySelector("summary")?.focus();
});

const confirmed = new WeakSet<HTMLFormElement>();

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const question = form.dataset["confirm"];
  if (!question || confirmed.has(form)) return;
  event.preventDefault();
  event.stopPropagation();
  void ask(question).then((yes) => {
    if (!yes) return;
    confirmed.add(form);
    form.requestSubmit((event as SubmitEvent).submitter);
  });
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const chosen = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  if (!form.matches("[data-theme-form]") || !chosen) return;
  event.preventDefault();
  const root = document.documentElement;
  if (chosen.value === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = chosen.value;
  for (const each of form.querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(each === chosen));
  }
  const body = new URLSearchParams({ theme: chosen.value, csrf_token: csrfToken() });
  void fetch(form.action, { method: "POST", body, redirect: "manual" });
});

/** A sample site's questions go to its widget. */
document.addEventListener("click", ({ target }) => {
  const question = (target as Element).closest("[data-ask]")?.textContent;
  if (question) (window as { Besedka?: { ask(words: string): void } }).Besedka?.ask(question);
});

/** The chosen tab is seen, also where a phone shows only some of them. */
for (const chosen of document.querySelectorAll(".tabs [aria-current], .segments [aria-current]")) {
  chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
}
