/** `<bsd-upload action accept max-mb>`: many files, each with its own progress.

    `action` takes one multipart part `file` per request. Says `bsd-uploaded` (bubbling) after every file that the server
    took: from then on the page's own list shows it, so it leaves the list here. A refused one stays, with the reason. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { upload } from "../page/uploading.ts";
import { say } from "../page/words.ts";
import { icon } from "./icons.ts";

type State = "waiting" | "uploading" | "failed";

interface Entry {
  file: File;
  state: State;
  part: number;
  reason: string;
}

const AT_ONCE = 2;
const WORDS: Record<State, Parameters<typeof say>[0]> = {
  waiting: "queued",
  uploading: "uploading",
  failed: "broken",
};

class UploadElement extends LitElement {
  static override properties = {
    action: { type: String },
    accept: { type: String },
    maxMb: { type: Number, attribute: "max-mb" },
    entries: { state: true },
    taken: { state: true },
    over: { state: true },
  };

  declare action: string;
  declare accept: string;
  declare maxMb: number;
  declare entries: Entry[];
  declare taken: string[];
  declare over: boolean;

  constructor() {
    super();
    this.action = "";
    this.accept = "";
    this.maxMb = 64;
    this.entries = [];
    this.taken = [];
    this.over = false;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    // A plain form stands here for browsers without scripts.
    if (!this.hasUpdated) this.replaceChildren();
    super.connectedCallback();
  }

  #add(files: Iterable<File>): void {
    const limit = this.maxMb * 1024 * 1024;
    const added = [...files].map((file): Entry => {
      const fits = file.size <= limit;
      const reason = fits ? "" : say("too_big", { n: this.maxMb });
      return { file, state: fits ? "waiting" : "failed", part: 0, reason };
    });
    if (this.entries.every((each) => each.state === "failed")) this.taken = [];
    this.entries = [...added, ...this.entries];
    this.#next();
  }

  #next(): void {
    const busy = this.entries.filter((each) => each.state === "uploading").length;
    for (const entry of this.entries.filter((each) => each.state === "waiting").slice(0, AT_ONCE - busy)) {
      this.#send(entry);
    }
  }

  #change(entry: Entry, change: Partial<Entry>): void {
    Object.assign(entry, change);
    this.requestUpdate();
  }

  #send(entry: Entry): void {
    this.#change(entry, { state: "uploading" });
    upload(this.action, entry.file, {
      progress: (part) => this.#change(entry, { part }),
      done: () => this.#sent(entry),
      failed: (reason) => this.#failed(entry, reason),
    });
  }

  #sent(entry: Entry): void {
    this.entries = this.entries.filter((each) => each !== entry);
    this.taken = [...this.taken, entry.file.name];
    this.dispatchEvent(new CustomEvent("bsd-uploaded", { bubbles: true }));
    this.#next();
  }

  #failed(entry: Entry, reason: string): void {
    this.#change(entry, { state: "failed", reason });
    this.#next();
  }

  #dropped(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    this.#add(event.dataTransfer?.files ?? []);
  }

  #hover(event: DragEvent): void {
    event.preventDefault();
    this.over = true;
  }

  #chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.#add(input.files ?? []);
    input.value = "";
  }

  #choose(): void {
    this.querySelector<HTMLInputElement>('input[type="file"]')?.click();
  }

  #row(entry: Entry): TemplateResult {
    const { state } = entry;
    const going = state === "uploading";
    return html`<li class="upload">
      ${icon("file")}
      <span class="item__body">
        <span class="ellipsis">${entry.file.name}</span>
        ${entry.reason ? html`<span class="small muted">${entry.reason}</span>` : nothing}
      </span>
      <span class="badge ${state === "failed" ? "badge--bad" : ""}">${say(WORDS[state])}${going && entry.part ? html` ${Math.round(entry.part * 100)} %` : nothing}</span>
      ${going && entry.part
        ? html`<progress max="1" .value=${entry.part} aria-label=${entry.file.name}></progress>`
        : state !== "failed"
          ? html`<progress aria-label=${entry.file.name}></progress>`
          : nothing}
    </li>`;
  }

  /** What the server took since files were chosen last, every one by its name. */
  #told(): string {
    const [name, ...more] = this.taken;
    if (name === undefined) return "";
    return more.length ? say("taken_many", { n: this.taken.length, names: this.taken.join(", ") }) : say("taken", { name });
  }

  override render(): TemplateResult {
    return html`<div class="drop ${this.over ? "drop--over" : ""}" @dragover=${this.#hover} @dragleave=${() => (this.over = false)} @drop=${this.#dropped}>
        ${icon("upload")}
        <span>${say("drop")}</span>
        <input type="file" multiple hidden accept=${this.accept || nothing} @change=${this.#chosen}>
        <button type="button" class="btn" @click=${this.#choose}>${say("choose")}</button>
      </div>
      <p class="small muted" role="status">${this.#told()}</p>
      ${this.entries.length
        ? html`<ul class="list list--framed" aria-live="polite">${this.entries.map((entry) => this.#row(entry))}</ul>`
        : nothing}`;
  }
}

customElements.define("bsd-upload", UploadElement);
