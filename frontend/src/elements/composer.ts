/** Where one writes: Enter sends, Shift+Enter breaks the line, what is unfinished survives a reload. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { say } from "../page/words.ts";
import { icon } from "./icons.ts";

export interface Written {
  body: string;
  visibility: "public" | "internal";
}

/** What the next words are for, instead of a new message: an edit begins with the words that are there. */
export interface Task {
  icon: string;
  words: string;
  body?: string | undefined;
}

const LONGEST = 20_000;

export class Composer extends LitElement {
  static override properties = {
    chat: { type: String },
    notes: { type: Boolean },
    hint: { type: String },
    task: { attribute: false },
    internal: { state: true },
  };

  declare chat: string;
  declare notes: boolean;
  declare hint: string;
  declare task: Task | undefined;
  declare internal: boolean;

  constructor() {
    super();
    this.chat = "";
    this.notes = false;
    this.hint = "";
    this.task = undefined;
    this.internal = false;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  get #field(): HTMLTextAreaElement {
    return this.querySelector("textarea") as HTMLTextAreaElement;
  }

  get #kept(): string {
    return `besedka:draft:${this.chat}`;
  }

  override firstUpdated(): void {
    this.#field.value = localStorage.getItem(this.#kept) ?? "";
    if (!matchMedia("(pointer: coarse)").matches) this.#field.focus({ preventScroll: true });
  }

  /** Begins an edit with its words; afterwards what was being written is there again. */
  override updated(changed: PropertyValues<this>): void {
    if (!changed.has("task")) return;
    const before = changed.get("task");
    if (this.task?.body !== undefined) this.#field.value = this.task.body;
    else if (before?.body !== undefined) this.#field.value = localStorage.getItem(this.#kept) ?? "";
    if (this.task) this.#field.focus();
  }

  /** Puts words into the field, for what could not be sent. */
  fill(words: string): void {
    this.#field.value = words;
    this.#keep();
    this.#field.focus();
  }

  #keep(): void {
    if (this.task?.body !== undefined) return;
    if (this.#field.value) localStorage.setItem(this.#kept, this.#field.value);
    else localStorage.removeItem(this.#kept);
  }

  #typed(): void {
    this.#keep();
    if (!this.internal) this.dispatchEvent(new CustomEvent("bsd-typing"));
  }

  #send(event: Event): void {
    event.preventDefault();
    const body = this.#field.value.trim();
    if (!body) return;
    const detail: Written = { body, visibility: this.internal ? "internal" : "public" };
    this.dispatchEvent(new CustomEvent("bsd-send", { detail }));
    // An edit stays until it was taken: whoever listens ends the task.
    if (this.task?.body !== undefined) return;
    this.#field.value = "";
    this.#keep();
    this.#field.focus();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#send(event);
    if (event.key === "Escape" && this.task) this.#cancel();
  }

  #cancel(): void {
    this.dispatchEvent(new CustomEvent("bsd-cancel"));
    this.#field.focus();
  }

  #doing(task: Task): TemplateResult {
    return html`<div class="composer__task">
      ${icon(task.icon)}<span class="ellipsis">${task.words}</span>
      <button type="button" class="btn btn--small btn--quiet" @click=${this.#cancel}>${say("cancel")}</button>
    </div>`;
  }

  #choose(internal: boolean): void {
    this.internal = internal;
    this.#field.focus();
  }

  #tabs(): TemplateResult {
    return html`<div class="segments" role="group">
      <button type="button" class="segment" aria-pressed=${String(!this.internal)} @click=${() => this.#choose(false)}>${say("reply")}</button>
      <button type="button" class="segment" aria-pressed=${String(this.internal)} @click=${() => this.#choose(true)}>${icon("lock")}${say("note").split(",")[0]}</button>
    </div>`;
  }

  override render(): TemplateResult {
    const words = this.internal ? say("write_note") : this.hint || say(this.notes ? "write_reply" : "write");
    return html`<form class="composer ${this.internal ? "composer--note" : ""}" @submit=${this.#send}>
      ${this.task ? this.#doing(this.task) : nothing}
      ${this.notes && this.task?.body === undefined ? html`<div class="composer__bar">${this.#tabs()}</div>` : nothing}
      <div class="composer__box">
        <textarea rows="1" maxlength=${LONGEST} placeholder=${words} aria-label=${words} @input=${this.#typed} @keydown=${this.#pressed}></textarea>
        <button class="btn btn--primary btn--icon composer__send" title=${say("send")}>${icon("send")}<span class="sr-only">${say("send")}</span></button>
      </div>
    </form>`;
  }
}

customElements.define("bsd-composer", Composer);
