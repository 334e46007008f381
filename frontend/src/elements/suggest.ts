/** A menu at the word that is being written: `/` finds ready replies, `@` colleagues; where a model is asked, `/` finds prompts and `@` whoever is to answer.
    The field keeps the focus. */
import { html, nothing, type TemplateResult } from "lit";
import { actorId, api } from "../page/api.ts";
import { chatSay } from "../page/chatwords.ts";
import { tell } from "../page/desk.ts";
import { fetchPrompts, wordsOf } from "../page/prompts.ts";

interface Choice {
  title: string;
  line: string;
  /** What stands in the field instead of the word. */
  words(): Promise<string>;
}

interface Canned {
  id: string;
  name: string;
  shared: boolean;
  body_ru: string;
  body_en: string;
}

interface Person {
  actor: string;
  name: string;
  role: string;
  active: boolean;
}

type Kind = "canned" | "people" | "prompts" | "answerers";

/** What a menu offers there: `notes` are for colleagues, `asks` is where a model is asked. */
interface Where {
  notes: boolean;
  asks: boolean;
}

const SHOWN = 8;
const WORD = /(?:^|\s)([/@])([^\s/@]*)$/u;

export class Suggest {
  readonly id = `suggest-${crypto.randomUUID()}`;
  #kind: Kind | undefined;
  #query = "";
  #start = 0;
  #at = 0;
  #all: Partial<Record<Kind, Choice[]>> = {};
  #field: () => HTMLTextAreaElement;
  #changed: () => void;

  constructor(field: () => HTMLTextAreaElement, changed: () => void) {
    this.#field = field;
    this.#changed = changed;
  }

  get open(): boolean {
    return this.#kind !== undefined;
  }

  /** The choice that Enter takes, for the field's `aria-activedescendant`. */
  get active(): string {
    return this.#shown.length ? `${this.id}-${this.#at}` : "";
  }

  /** Looks at the word before the caret. */
  look(chat: string, where: Where): void {
    const field = this.#field();
    const before = field.value.slice(0, field.selectionStart);
    const found = WORD.exec(before);
    const sign = found?.[1];
    // Only a question that begins with a name is for whom it names.
    const begins = found !== null && before.slice(0, found.index).trim() === "";
    const kind = sign === "@" && where.asks && !begins ? undefined : kindOf(sign, where);
    if (!kind || !found) return this.close();
    this.#query = (found[2] ?? "").toLowerCase();
    this.#start = before.length - this.#query.length - 1;
    this.#kind = kind;
    this.#at = 0;
    if (!this.#all[kind]) void this.#load(kind, chat);
    this.#changed();
  }

  close(): void {
    if (!this.#kind) return;
    this.#kind = undefined;
    this.#changed();
  }

  async #load(kind: Kind, chat: string): Promise<void> {
    this.#all[kind] = [];
    try {
      this.#all[kind] = await CHOICES[kind](chat);
    } catch {
      delete this.#all[kind];
    }
    this.#changed();
  }

  get #shown(): Choice[] {
    const known = this.#kind ? (this.#all[this.#kind] ?? []) : [];
    const rank = (each: Choice): number => {
      const title = each.title.toLowerCase();
      if (title.startsWith(this.#query)) return 0;
      if (title.includes(this.#query)) return 1;
      return this.#kind !== "people" && each.line.toLowerCase().includes(this.#query) ? 2 : 3;
    };
    const ranked = known.map((each) => ({ each, rank: rank(each) })).filter(({ rank: place }) => place < 3);
    return ranked.sort((one, other) => one.rank - other.rank).slice(0, SHOWN).map(({ each }) => each);
  }

  /** Takes a key that belongs to the menu; false for all others. */
  press(event: KeyboardEvent): boolean {
    if (!this.#kind || event.isComposing) return false;
    const shown = this.#shown;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (step && shown.length) this.#at = (this.#at + step + shown.length) % shown.length;
    else if ((event.key === "Enter" || event.key === "Tab") && shown.length) void this.#take(shown[this.#at] as Choice);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    this.#changed();
    return true;
  }

  async #take(choice: Choice): Promise<void> {
    const [start, end] = [this.#start, this.#start + this.#query.length + 1];
    this.close();
    const words = await choice.words().catch(() => "");
    if (!words) return;
    const field = this.#field();
    field.setRangeText(words, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    field.focus();
  }

  render(): TemplateResult | typeof nothing {
    if (!this.#kind) return nothing;
    const shown = this.#shown;
    const title = titleOf(this.#kind);
    return html`<div class="suggest">
      <div role="listbox" id=${this.id} aria-label=${title}>
        ${shown.map(
          (each, at) => html`<div role="option" class="suggest__row" id="${this.id}-${at}" aria-selected=${String(at === this.#at)}
            @mousedown=${(event: Event) => event.preventDefault()} @click=${() => void this.#take(each)}>
            <span class="strong">${each.title}</span><span class="small muted ellipsis">${each.line}</span></div>`,
        )}
      </div>
      ${shown.length ? nothing : html`<p class="small muted">${noneOf(this.#kind)}</p>`}
    </div>`;
  }
}

function kindOf(sign: string | undefined, { notes, asks }: Where): Kind | undefined {
  if (sign === "/") return asks ? "prompts" : "canned";
  if (sign !== "@") return undefined;
  return asks ? "answerers" : notes ? "people" : undefined;
}

function titleOf(kind: Kind): string {
  return kind === "prompts" || kind === "answerers" ? chatSay(kind) : tell(kind);
}

function noneOf(kind: Kind): string {
  if (kind === "prompts" || kind === "answerers") return chatSay(`${kind}_none`);
  return tell(kind === "canned" ? "canned_none" : "people_none");
}

const CHOICES: Record<Kind, (chat: string) => Promise<Choice[]>> = { canned: cannedOf, people: colleagues, prompts: promptsOf, answerers: answerersOf };

async function promptsOf(): Promise<Choice[]> {
  const found = await fetchPrompts();
  return found.map((each) => ({
    title: each.name,
    line: [...each.tags.map((tag) => `#${tag}`), each.line].join(" "),
    words: () => wordsOf(each),
  }));
}

interface Answerer {
  id: string;
  name: string;
}

async function answerersOf(): Promise<Choice[]> {
  const [models, assistants] = await Promise.all([api<Answerer[]>("GET", "/llm/models"), api<Answerer[]>("GET", "/llm/assistants")]);
  const choice = ({ name }: Answerer, line: string): Choice => ({ title: name, line, words: () => Promise.resolve(`@${name} `) });
  return [...assistants.map((each) => choice(each, chatSay("from_documents"))), ...models.map((each) => choice(each, ""))];
}

async function cannedOf(chat: string): Promise<Choice[]> {
  const found = await api<Canned[]>("GET", "/canned-replies");
  return found.map(({ id, name, body_ru, body_en }) => ({
    title: name,
    line: body_ru || body_en,
    words: async () => (await api<{ body: string }>("GET", `/canned-replies/${id}/filled?dialog=${chat}`)).body,
  }));
}

async function colleagues(): Promise<Choice[]> {
  const found = await api<Person[]>("GET", "/users");
  const others = found.filter(({ actor, role, active }) => active && role !== "member" && actor !== actorId());
  return others.map(({ name }) => ({ title: name, line: "", words: () => Promise.resolve(`@${name} `) }));
}
