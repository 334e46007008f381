/** The files that wait under a composer: uploaded at once, each with its progress, taken away or tried again. */
import { html, nothing, type TemplateResult } from "lit";
import { upload, type Upload } from "../page/uploading.ts";
import { tell } from "../page/desk.ts";
import { icon } from "./icons.ts";
import { toast } from "./toast.ts";

const MOST = 10;
const AT_ONCE = 2;

interface Entry {
  file: File;
  state: "waiting" | "uploading" | "ready" | "failed";
  part: number;
  reason: string;
  id: string;
  /** Shows a picture before it is sent. */
  look: string;
  going: Upload | undefined;
}

export class Tray {
  #entries: Entry[] = [];
  #taken: Entry[] = [];
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get empty(): boolean {
    return !this.#entries.length;
  }

  /** Whether nothing is on its way any more and nothing has failed. */
  get ready(): boolean {
    return this.#entries.every((each) => each.state === "ready");
  }

  get failed(): boolean {
    return this.#entries.some((each) => each.state === "failed");
  }

  add(files: Iterable<File>): void {
    const given = [...files];
    const room = MOST - this.#entries.length;
    if (given.length > room) toast(tell("too_many", { n: MOST }), "bad");
    for (const file of given.slice(0, Math.max(0, room))) {
      const look = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : "";
      this.#entries.push({ file, state: "waiting", part: 0, reason: "", id: "", look, going: undefined });
    }
    this.#next();
  }

  /** Returns what is ready, and forgets it. */
  take(): { ids: string[]; names: string[] } {
    const taken = this.#entries;
    this.#taken = taken;
    this.#entries = [];
    for (const each of taken) if (each.look) URL.revokeObjectURL(each.look);
    this.#changed();
    return { ids: taken.map((each) => each.id), names: taken.map((each) => each.file.name) };
  }

  /** The files that are there. */
  get ids(): string[] {
    return this.#entries.filter((each) => each.state === "ready").map((each) => each.id);
  }

  /** Has what was taken last back. */
  putBack(): void {
    for (const each of this.#taken) if (each.look) each.look = URL.createObjectURL(each.file);
    this.#entries.push(...this.#taken);
    this.#taken = [];
    this.#changed();
  }

  #next(): void {
    const busy = this.#entries.filter((each) => each.state === "uploading").length;
    const waiting = this.#entries.filter((each) => each.state === "waiting");
    for (const entry of waiting.slice(0, Math.max(0, AT_ONCE - busy))) this.#send(entry);
    this.#changed();
  }

  #send(entry: Entry): void {
    const change = (what: Partial<Entry>): void => {
      Object.assign(entry, what);
      this.#next();
    };
    entry.state = "uploading";
    entry.going = upload("/api/v1/files/upload", entry.file, {
      progress: (part) => {
        entry.part = part;
        this.#changed();
      },
      done: ({ id }) => change({ state: "ready", id: id ?? "" }),
      failed: (reason) => change({ state: "failed", reason }),
    });
  }

  #retry(entry: Entry): void {
    entry.state = "waiting";
    entry.part = 0;
    this.#next();
  }

  #remove(entry: Entry): void {
    entry.going?.cancel();
    if (entry.look) URL.revokeObjectURL(entry.look);
    this.#entries = this.#entries.filter((each) => each !== entry);
    this.#next();
  }

  #row(entry: Entry): TemplateResult {
    const { file, state, part, reason } = entry;
    const { name } = file;
    const words = {
      waiting: tell("waits", { name }),
      uploading: tell("uploading", { name, n: Math.round(part * 100) }),
      ready: tell("ready", { name }),
      failed: tell("failed", { name, reason }),
    };
    return html`<li class="tray__file ${state === "failed" ? "tray__file--bad" : ""}" title=${words[state]}>
      ${entry.look ? html`<img src=${entry.look} alt="" width="32" height="32">` : icon("file")}
      <span class="item__body"><span class="ellipsis">${name}</span>
        ${state === "failed" ? html`<span class="small" role="alert">${reason}</span>` : nothing}
        ${state === "uploading" || state === "waiting" ? html`<progress max="1" .value=${part} aria-label=${words[state]}></progress>` : nothing}
      </span>
      ${state === "failed" ? html`<button type="button" class="btn btn--small" @click=${() => this.#retry(entry)}>${tell("retry")}</button>` : nothing}
      <button type="button" class="btn btn--quiet btn--icon btn--small" title=${tell("remove", { name })} @click=${() => this.#remove(entry)}>
        ${icon("close")}<span class="sr-only">${tell("remove", { name })}</span></button>
    </li>`;
  }

  render(): TemplateResult | typeof nothing {
    if (this.empty) return nothing;
    return html`<ul class="tray" aria-label=${tell("files")}>${this.#entries.map((entry) => this.#row(entry))}</ul>`;
  }
}
