/** `<bsd-copilot chat>`: what a model can do for somebody who replies: suggest, say it otherwise, translate.

    It stands beside a `<bsd-composer>` and writes into it; nothing is ever sent by itself. Without a model only quoting from
    the documents is offered, and what needs one is not there. All that a model says is shown as plain text. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { api, basePath, csrfToken, locale, problemOf } from "../page/api.ts";
import type { Composer } from "./composer.ts";
import { icon } from "./icons.ts";

const EN = {
  help: "Help with the reply",
  suggest: "Suggest a reply",
  quote: "Quote from the documents",
  shorter: "Shorter",
  friendlier: "Friendlier",
  formal: "More formal",
  fix: "Mend mistakes",
  visitor: "Into the visitor's language",
  draft_first: "Write a draft first.",
  writing: "The model is writing…",
  looking: "Looking in the documents…",
  stop: "Stop",
  undo: "Bring my words back",
  close: "Close",
  model: "A draft from your documents. Read it before you send it.",
  quoted: "Quoted word for word from the documents: there is no model. Read it before you send it.",
  unknown: "The documents do not say. Check this draft with special care.",
  nothing: "The documents do not say.",
  reworded: "Done. Read it before you send it.",
  translation: "Translation",
  failed: "That did not work. Your draft is as it was.",
};

const RU: typeof EN = {
  help: "Помощь с ответом",
  suggest: "Предложить ответ",
  quote: "Процитировать документы",
  shorter: "Короче",
  friendlier: "Дружелюбнее",
  formal: "Официальнее",
  fix: "Исправить ошибки",
  visitor: "На язык посетителя",
  draft_first: "Сначала напишите черновик.",
  writing: "Модель пишет…",
  looking: "Ищем в документах…",
  stop: "Остановить",
  undo: "Вернуть мой текст",
  close: "Закрыть",
  model: "Черновик по вашим документам. Прочитайте, прежде чем отправить.",
  quoted: "Дословная цитата из документов: модели нет. Прочитайте, прежде чем отправить.",
  unknown: "В документах ответа нет. Проверьте черновик особенно внимательно.",
  nothing: "В документах ответа нет.",
  reworded: "Готово. Прочитайте, прежде чем отправить.",
  translation: "Перевод",
  failed: "Не получилось. Черновик остался как был.",
};

interface Source {
  source_id: string;
  chunk_id: string;
  title: string;
  url: string;
  assistant_id: string;
}

interface Written {
  text: string;
  mode: "model" | "quoted" | "unknown";
  sources: Source[];
}

interface Said {
  text?: string;
  done?: Written;
  error?: { detail: string };
}

type Wish = "suggestion" | "rewrite" | "translate";

let known: Promise<boolean> | undefined;

/** Whether there is a model: asked once a page. */
function hasModel(): Promise<boolean> {
  known ??= api<{ model: boolean }>("GET", "/copilot").then((found) => found.model);
  return known;
}

export class Copilot extends LitElement {
  static override properties = {
    chat: { type: String },
    model: { state: true },
    ready: { state: true },
    busy: { state: true },
    note: { state: true },
    bad: { state: true },
    sources: { state: true },
    translation: { state: true },
    replaced: { state: true },
  };

  declare chat: string;
  declare model: boolean;
  declare ready: boolean;
  declare busy: string;
  declare note: string;
  declare bad: boolean;
  declare sources: Source[];
  declare translation: string;
  /** What stood in the field before it was overwritten. */
  declare replaced: string | undefined;

  #stop: AbortController | undefined;

  constructor() {
    super();
    this.chat = "";
    this.model = false;
    this.ready = false;
    this.busy = "";
    this.note = "";
    this.bad = false;
    this.sources = [];
    this.translation = "";
    this.replaced = undefined;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    hasModel().then(
      (found) => {
        this.model = found;
        this.ready = true;
      },
      () => undefined,
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.abort();
  }

  get #words(): typeof EN {
    return locale() === "ru" ? RU : EN;
  }

  get #composer(): Composer | null {
    return this.parentElement?.querySelector<Composer>("bsd-composer") ?? null;
  }

  get #draft(): string {
    return this.#composer?.querySelector("textarea")?.value ?? "";
  }

  /** Shows a message in my language, above the composer. */
  async interpret(text: string): Promise<void> {
    this.#begin(this.#words.writing);
    const written = await this.#ask("translate", { text, to: "mine" }, (piece) => (this.translation += piece));
    this.translation = written?.text ?? "";
  }

  async #suggest(): Promise<void> {
    const words = this.#words;
    this.#begin(this.model ? words.writing : words.looking);
    const written = await this.#intoDraft("suggestion", {});
    if (!written) return;
    this.sources = written.sources;
    this.note = written.text ? words[written.mode] : words.nothing;
  }

  async #reword(wish: Wish, body: Record<string, string>): Promise<void> {
    const text = this.#draft.trim();
    if (!text) {
      this.#clear();
      this.note = this.#words.draft_first;
      this.#composer?.querySelector("textarea")?.focus();
      return;
    }
    this.#begin(this.#words.writing);
    if (await this.#intoDraft(wish, { text, ...body })) this.note = this.#words.reworded;
  }

  /** Lets a text come into the field, piece by piece; what was there comes back when that fails. */
  async #intoDraft(wish: Wish, body: Record<string, string>): Promise<Written | undefined> {
    const before = this.#draft;
    let said = "";
    const written = await this.#ask(wish, body, (piece) => this.#composer?.fill((said += piece)));
    this.#composer?.fill(written?.text || before);
    this.replaced = written?.text && before.trim() ? before : undefined;
    return written;
  }

  #begin(busy: string): void {
    this.#stop?.abort();
    this.#clear();
    this.busy = busy;
    this.#menu(false);
  }

  #clear(): void {
    this.note = "";
    this.bad = false;
    this.sources = [];
    this.translation = "";
    this.replaced = undefined;
  }

  #menu(open: boolean): void {
    const menu = this.querySelector("details");
    if (menu) menu.open = open;
  }

  async #ask(wish: Wish, body: Record<string, string>, tell: (piece: string) => void): Promise<Written | undefined> {
    const stop = new AbortController();
    this.#stop = stop;
    try {
      return await read(`${basePath()}/api/v1/copilot/dialogs/${this.chat}/${wish}`, body, stop.signal, tell);
    } catch (error) {
      if (!stop.signal.aborted) {
        this.note = (error as Error).message || this.#words.failed;
        this.bad = true;
      }
      return undefined;
    } finally {
      if (this.#stop === stop) this.busy = "";
    }
  }

  #undo(): void {
    if (this.replaced !== undefined) this.#composer?.fill(this.replaced);
    this.#clear();
  }

  #item(sign: string, label: string, run: () => void): TemplateResult {
    return html`<button type="button" class="menu__item" @click=${run}>${icon(sign)}${label}</button>`;
  }

  #choices(): TemplateResult {
    const words = this.#words;
    const how = (name: "shorter" | "friendlier" | "formal" | "fix", sign: string): TemplateResult =>
      this.#item(sign, words[name], () => void this.#reword("rewrite", { how: name }));
    return html`<details class="menu menu--up menu--start">
      <summary class="btn btn--small btn--quiet" aria-label=${words.help} title=${words.help}>${icon("spark")}<span>${words.help}</span></summary>
      <div class="menu__list">
        ${this.#item("book", this.model ? words.suggest : words.quote, () => void this.#suggest())}
        ${this.model
          ? html`${how("shorter", "text")}${how("friendlier", "hand")}${how("formal", "building")}${how("fix", "check")}
            ${this.#item("globe", words.visitor, () => void this.#reword("translate", { to: "visitor" }))}`
          : nothing}
      </div>
    </details>`;
  }

  #link(source: Source): TemplateResult {
    const passage = `${basePath()}/dashboard/assistants/${source.assistant_id}/documents/${source.source_id}#p-${source.chunk_id}`;
    return html`<li><a href=${passage} target="_blank" rel="noopener noreferrer">${source.title}</a></li>`;
  }

  #result(): TemplateResult | typeof nothing {
    const words = this.#words;
    if (!this.note && !this.translation) return nothing;
    return html`<div class="copilot__result ${this.bad ? "copilot__result--bad" : ""}">
      ${this.translation ? html`<p class="small strong">${words.translation}</p><p class="copilot__text">${this.translation}</p>` : nothing}
      ${this.note ? html`<p class="small" role=${this.bad ? "alert" : "status"}>${this.note}</p>` : nothing}
      ${this.sources.length ? html`<ul class="small">${this.sources.map((each) => this.#link(each))}</ul>` : nothing}
      <div class="row">
        ${this.replaced === undefined ? nothing : html`<button type="button" class="btn btn--small" @click=${this.#undo}>${words.undo}</button>`}
        <button type="button" class="btn btn--small" @click=${this.#clear}>${words.close}</button>
      </div>
    </div>`;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.ready) return nothing;
    return html`<div class="copilot">
      ${this.#result()}
      ${this.busy
        ? html`<div class="row"><span class="small muted" role="status">${this.busy}</span>
            <button type="button" class="btn btn--small" @click=${() => this.#stop?.abort()}>${icon("stop")}${this.#words.stop}</button></div>`
        : this.#choices()}
    </div>`;
  }
}

/** Reads a text as it is written; throws what went wrong as a sentence. */
async function read(
  address: string,
  body: Record<string, string>,
  signal: AbortSignal,
  tell: (piece: string) => void,
): Promise<Written> {
  const response = await fetch(address, {
    method: "POST",
    headers: { Accept: "text/event-stream", "Content-Type": "application/json", "X-CSRF-Token": csrfToken() },
    credentials: "same-origin",
    body: JSON.stringify({ ...body, stream: true }),
    signal,
  });
  if (!response.ok || !response.body) throw await problemOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("");
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const said = JSON.parse(event.slice("data: ".length)) as Said;
      if (said.text) tell(said.text);
      if (said.error) throw new Error(said.error.detail);
      if (said.done) return said.done;
    }
  }
}

customElements.define("bsd-copilot", Copilot);
