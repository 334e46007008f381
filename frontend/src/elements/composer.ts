/** Where one writes: Enter sends, Shift+Enter breaks the line, what is unfinished survives a reload. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { say } from "../page/words.ts";
import { tell } from "../page/desk.ts";
import { icon } from "./icons.ts";
import { Suggest } from "./suggest.ts";
import { Tray } from "./tray.ts";

export interface Written {
  body: string;
  visibility: "public" | "internal";
  /** Uploaded files that go with it. */
  files: { ids: string[]; names: string[] };
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
    asks: { type: Boolean },
    hint: { type: String },
    task: { attribute: false },
    busy: { type: Boolean },
    internal: { state: true },
    over: { state: true },
  };

  declare chat: string;
  declare notes: boolean;
  /** A model is asked here. */
  declare asks: boolean;
  declare hint: string;
  declare task: Task | undefined;
  /** Nothing can be sent now; what is written stays. */
  declare busy: boolean;
  declare internal: boolean;
  /** Files are being dragged over the conversation. */
  declare over: boolean;

  #tray = new Tray(() => this.#moved());
  #suggest = new Suggest(() => this.#field, () => this.requestUpdate());
  /** Enter was pressed while files were on their way. */
  #due = false;
  #place: HTMLElement | undefined;

  constructor() {
    super();
    this.chat = "";
    this.notes = false;
    this.asks = false;
    this.hint = "";
    this.task = undefined;
    this.busy = false;
    this.internal = false;
    this.over = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#place = this.closest<HTMLElement>("bsd-conversation, bsd-chat") ?? this;
    this.#place.addEventListener("dragover", this.#hovered);
    this.#place.addEventListener("dragleave", this.#left);
    this.#place.addEventListener("drop", this.#dropped);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#place?.removeEventListener("dragover", this.#hovered);
    this.#place?.removeEventListener("dragleave", this.#left);
    this.#place?.removeEventListener("drop", this.#dropped);
  }

  #hovered = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.over = true;
  };

  #left = (event: DragEvent): void => {
    if (!this.#place?.contains(event.relatedTarget as Node | null)) this.over = false;
  };

  #dropped = (event: DragEvent): void => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.over = false;
    this.#attach(event.dataTransfer.files);
  };

  #pasted(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.#attach(files);
  }

  #chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.#attach([...(input.files ?? [])]);
    input.value = "";
    this.#field.focus();
  }

  #attach(files: Iterable<File>): void {
    if (this.task?.body === undefined) this.#tray.add(files);
  }

  #moved(): void {
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent("bsd-files"));
    if (this.#tray.failed) this.#due = false;
    if (this.#due && this.#tray.ready) this.#submit();
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

  /** What is there so far. */
  get draft(): { body: string; ids: string[] } {
    return { body: this.#field?.value.trim() ?? "", ids: this.#tray.ids };
  }

  /** Puts back what was sent last and was refused, its files too. */
  restore(words: string): void {
    this.#tray.putBack();
    this.fill(words);
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
    if (this.notes || this.asks) this.#suggest.look(this.chat, { notes: this.internal, asks: this.asks });
    if (!this.internal) this.dispatchEvent(new CustomEvent("bsd-typing"));
  }

  #send(event: Event): void {
    event.preventDefault();
    this.#submit();
  }

  /** Sends what is written as soon as its files are there. */
  #submit(): void {
    if (this.busy) return;
    const body = this.#field.value.trim();
    this.#due = !this.#tray.ready && !this.#tray.failed;
    if (!this.#tray.ready || (!body && this.#tray.empty)) return;
    const visibility = this.internal ? "internal" : "public";
    const detail: Written = { body, visibility, files: this.#tray.take() };
    this.dispatchEvent(new CustomEvent("bsd-send", { detail }));
    // An edit stays until it was taken: whoever listens ends the task.
    if (this.task?.body !== undefined) return;
    this.#field.value = "";
    this.#keep();
    this.#field.focus();
  }

  #pressed(event: KeyboardEvent): void {
    if (this.#suggest.press(event)) return;
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

  #clip(): TemplateResult {
    return html`<input type="file" multiple hidden tabindex="-1" aria-hidden="true" @change=${this.#chosen}>
      <button type="button" class="btn btn--quiet btn--icon composer__clip" title=${tell("attach")}
        @click=${() => this.querySelector<HTMLInputElement>('input[type="file"]')?.click()}>${icon("clip")}<span class="sr-only">${tell("attach")}</span></button>`;
  }

  override render(): TemplateResult {
    const words = this.internal ? say("write_note") : this.hint || say(this.notes ? "write_reply" : "write");
    return html`<form class="composer ${this.internal ? "composer--note" : ""}" @submit=${this.#send}>
      ${this.task ? this.#doing(this.task) : nothing}
      ${this.notes && this.task?.body === undefined ? html`<div class="composer__bar">${this.#tabs()}</div>` : nothing}
      ${this.#suggest.render()}
      ${this.#tray.render()}
      <div class="composer__box ${this.over ? "composer__box--over" : ""}">
        ${this.task?.body === undefined ? this.#clip() : nothing}
        <textarea rows="1" maxlength=${LONGEST} placeholder=${this.over ? tell("drop") : words} aria-label=${words}
          aria-autocomplete="list"
          aria-controls=${this.#suggest.open ? this.#suggest.id : nothing} aria-activedescendant=${this.#suggest.active || nothing}
          @input=${this.#typed} @keydown=${this.#pressed} @paste=${this.#pasted} @blur=${() => this.#suggest.close()}></textarea>
        <button class="btn btn--primary btn--icon composer__send" title=${say("send")}>${icon("send")}<span class="sr-only">${say("send")}</span></button>
      </div>
    </form>`;
  }
}

customElements.define("bsd-composer", Composer);
