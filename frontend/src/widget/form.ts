/** The form before the first message, and how all forms are made. Loaded when a widget asks something first. */
import { type Failure, type Api, type Config, type Field } from "./api.ts";
import { h } from "./dom.ts";
import type { Store } from "./store.ts";

/** What the widget lends. */
export interface Kit {
  api: Api;
  config: Config;
  store: Store;
  slot: HTMLElement;
  footer: HTMLElement;
  /** What is said of something that did not work. */
  failed: string;
  /** Says something above the log. */
  note(words: string): void;
  show(title: string, nodes: Node[]): void;
  /** Whether what was shown is still there. */
  showing(): boolean;
  call<T>(deed: () => Promise<T>): Promise<T>;
  waits(): boolean;
  moved(): void;
  /** Keeps the log where the visitor reads it, after something has grown. */
  place(): void;
  /** Sends what is written. */
  send(): void;
}

export interface FormPart {
  askFirst(kit: Kit): Promise<void>;
}

const EN = {
  name: "Name",
  email: "E-mail",
  phone: "Telephone",
  first: "Before we begin",
  begin: "Start the conversation",
  skip: "Skip",
  choose: "Choose",
  optional: "optional",
  read: "Read it",
};

const RU: typeof EN = {
  name: "Имя",
  email: "Почта",
  phone: "Телефон",
  first: "Прежде чем начать",
  begin: "Начать разговор",
  skip: "Пропустить",
  choose: "Выберите",
  optional: "можно не отвечать",
  read: "Прочитать",
};

const KINDS = { name: ["text", "name"], email: ["email", "email"], phone: ["tel", "tel"], choice: ["text", "off"] } as const;

/** A labelled field; the label is the element's own, so that a screen reader says it. */
export function labelled(label: string, input: HTMLElement): HTMLElement {
  return h("label", {}, h("span", {}, label), input);
}

function entry(field: Field, words: typeof EN): HTMLElement {
  const { key, required, label, choices } = field;
  const [type, autocomplete] = KINDS[key];
  const input = choices.length
    ? h("select", { name: key, required }, h("option", { value: "" }, words.choose), ...choices.map((each) => h("option", {}, each)))
    : h("input", { name: key, type, required, autocomplete, maxlength: "200" });
  const name = key === "choice" ? label : words[key];
  return labelled(required ? name : `${name} (${words.optional})`, input);
}

/** Sends a form once at a time; what is wrong is said below it, beside the field that is meant. */
export function form(kit: Kit, words: string, send: (data: FormData) => Promise<void>, ...rows: (Node | undefined)[]): HTMLFormElement {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const button = h("button", { class: "do" }, words);
  const made = h("form", {
    class: "ask",
    onsubmit: (event: Event) => {
      event.preventDefault();
      if (button.ariaDisabled) return;
      button.ariaDisabled = "true";
      wrong.textContent = "";
      send(new FormData(made))
        .catch((error: unknown) => {
          wrong.textContent = (error instanceof Error && error.name !== "TypeError" && error.message) || kit.failed;
          const { field } = (error as Partial<Failure>).params ?? {};
          const input = made.elements.namedItem(field === "contact" ? "contact" : String(field));
          if (input instanceof HTMLElement) input.focus();
        })
        .finally(() => (button.ariaDisabled = null));
    },
  }, ...rows, wrong, button);
  return made;
}

export function askFirst(kit: Kit): Promise<void> {
  const words = kit.config.locale === "ru" ? RU : EN;
  const { fields, consent, consent_url, skip } = kit.config.form ?? { fields: [], consent: "", consent_url: "", skip: true };
  return new Promise((done) => {
    const send = async (data: FormData | undefined): Promise<void> => {
      const body: Record<string, unknown> = data ? Object.fromEntries(data) : {};
      body["consent"] = data?.has("consent") ?? false;
      await kit.call(() => kit.api.send("/form", body));
      kit.slot.replaceChildren();
      done();
    };
    const link = /^https?:/.test(consent_url)
      ? h("a", { href: consent_url, target: "_blank", rel: "noopener noreferrer" }, words.read)
      : undefined;
    const agreed = consent
      ? h("div", {}, h("label", { class: "tick" }, h("input", { type: "checkbox", name: "consent", required: true }), h("span", {}, consent)), link)
      : undefined;
    // People neither see nor reach it; programs fill in whatever there is.
    const trap = h("input", { name: "trap", class: "trap", tabindex: "-1", autocomplete: "off", "aria-hidden": "true" });
    const made = form(kit, words.begin, send, h("strong", {}, words.first), ...fields.map((each) => entry(each, words)), agreed, trap);
    if (skip) made.append(h("button", { type: "button", class: "person", onclick: () => void send(undefined).catch(() => undefined) }, words.skip));
    kit.slot.replaceChildren(made);
    kit.moved();
  });
}

