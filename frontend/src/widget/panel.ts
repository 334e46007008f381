/** The elements of the panel, built once; the widget fills them. */
import { h, sign } from "./dom.ts";
import type { Say } from "./words.ts";

const CHAT = "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7.3a2.5 2.5 0 0 1-2.5 2.5h-5.7L7.5 20v-3.7h-1A2.5 2.5 0 0 1 4 13.8zM8.2 8.7h7.6M8.2 12h4.8";
const CLOSE = "m6 6 12 12M18 6 6 18";
const SEND = "M12 19.5V4.8M5.8 11 12 4.8l6.2 6.2";
const BACK = "m14.5 5.5-6.5 6.5 6.5 6.5";

const MORE = "M5.5 12h.01M12 12h.01M18.5 12h.01";
const CLIP = "m20 11.5-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7";

export interface Actions {
  /** Takes files that were chosen, pasted or dropped; not there where the widget takes none. */
  attach: ((files: File[]) => void) | undefined;
  toggle(): void;
  more(): void;
  close(): void;
  send(): void;
  typing(): void;
  person(): void;
}

export class Panel {
  readonly badge = h("span", { class: "badge", hidden: true });
  readonly all: HTMLElement;
  readonly bubble: HTMLButtonElement;
  readonly panel: HTMLElement;
  readonly line = h("div", { class: "line", role: "status" });
  readonly log: HTMLElement;
  readonly drafts = h("div", { class: "drafts", "aria-hidden": "true" });
  readonly status = h("div", { class: "quiet", role: "status" });
  /** Forms and what else is loaded when it is needed. */
  readonly slot = h("div", { class: "slot" });
  readonly footer: HTMLElement;
  readonly scroll: HTMLElement;
  readonly person: HTMLButtonElement;
  readonly input: HTMLTextAreaElement;
  readonly sheet: HTMLElement;
  readonly #title = h("div", { class: "name" });
  readonly #passage = h("div", { class: "scroll", tabindex: "0" });
  #from: Element | null = null;

  constructor(name: string, launcher: string, say: Say, actions: Actions) {
    const tap = (label: string, path: string, onclick: () => void, more = ""): HTMLButtonElement =>
      h("button", { type: "button", class: `tap ${more}`, "aria-label": label, title: label, onclick }, sign(path));
    this.bubble = h("button", { type: "button", class: "bubble", onclick: actions.toggle }, sign(CHAT), launcher ? h("span", {}, launcher) : undefined, this.badge);
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": say("log") });
    this.scroll = h("div", { class: "scroll", tabindex: "0" }, this.log, this.drafts, this.status, this.slot);
    this.person = h("button", { type: "button", class: "person", onclick: actions.person }, say("person"));
    this.input = h("textarea", {
      rows: "1",
      maxlength: "8000",
      placeholder: say("write"),
      "aria-label": say("write"),
      oninput: actions.typing,
      onkeydown: ((event: KeyboardEvent) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        actions.send();
      }) as EventListener,
    });
    const onsubmit = (event: Event): void => {
      event.preventDefault();
      actions.send();
    };
    const { attach } = actions;
    const given = (files: FileList | null | undefined, event: Event): void => {
      if (!attach || !files?.length || this.footer.hidden) return;
      event.preventDefault();
      attach([...files]);
    };
    const choice = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      onchange: (event: Event) => {
        given(choice.files, event);
        choice.value = "";
      },
    });
    const clip = attach && tap(say("attach"), CLIP, () => choice.click());
    const send = tap(say("send"), SEND, () => undefined, "send");
    send.type = "submit";
    this.sheet = h("div", { class: "sheet", role: "group", hidden: true },
      h("header", {}, tap(say("back"), BACK, () => this.hidePassage()), this.#title), this.#passage);
    this.footer = h("footer", {}, this.person, h("form", { class: "write", onsubmit }, attach && choice, clip, this.input, send));
    this.panel = h("section", { class: "panel", role: "dialog", "aria-label": name, hidden: true, onkeydown: this.#keys as EventListener },
      h("header", {}, h("span", { class: "face", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? ""),
        h("div", { class: "name" }, name), tap(say("more"), MORE, actions.more, "more"), tap(say("close"), CLOSE, actions.close)),
      this.line, this.scroll, this.footer,
      this.sheet);
    this.panel.addEventListener("paste", (event) => given(event.clipboardData?.files, event));
    this.panel.addEventListener("drop", (event) => given(event.dataTransfer?.files, event));
    this.panel.addEventListener("dragover", (event) => {
      if (attach && event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    // Our words run from left to right on every page.
    this.all = h("div", { class: "all", dir: "ltr" }, this.bubble, this.panel);
  }

  showPassage(title: string, nodes: Node[]): void {
    if (this.sheet.hidden) this.#from = (this.panel.getRootNode() as ShadowRoot).activeElement;
    this.#title.textContent = title;
    this.sheet.setAttribute("aria-label", title);
    this.#passage.replaceChildren(...nodes);
    this.sheet.hidden = false;
    this.#passage.querySelector("mark")?.scrollIntoView({ block: "center" });
    this.sheet.querySelector("button")?.focus();
  }

  hidePassage(): void {
    this.sheet.hidden = true;
    (this.#from as HTMLElement | null)?.focus();
  }

  /** Where the panel covers the whole screen, Tab stays in it. */
  #keys = (event: KeyboardEvent): void => {
    if (event.key !== "Tab" || !matchMedia("(width < 480px)").matches) return;
    const area = this.sheet.hidden ? this.panel : this.sheet;
    const stops = [...area.querySelectorAll<HTMLElement>("button:not(:disabled), textarea, input, select, [tabindex], a[href]")].filter(
      (each) => each.checkVisibility(),
    );
    const active = (this.panel.getRootNode() as ShadowRoot).activeElement;
    const end = event.shiftKey ? stops[0] : stops.at(-1);
    if (active !== end) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  };
}
