/** `<bsd-inbox state current href>`: the dialogs of a state, live. Until the first news the server's rows stand. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Frame, Sender } from "../core/types.ts";
import { list } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";
import { icon } from "./icons.ts";
import "./due.ts";

interface Summary {
  id: string;
  state: string;
  last_seq: number;
  last_message_at: string;
  preview: string;
  preview_internal: boolean;
  contact: Sender | null;
  assignee: Sender | null;
}

const MOST = 50;

class InboxElement extends LitElement {
  static override properties = {
    state: { type: String },
    current: { type: String },
    href: { type: String },
    rows: { state: true },
  };

  declare state: string;
  declare current: string;
  declare href: string;
  declare rows: Summary[] | undefined;

  #seen = new Map<string, number>();
  #leave: (() => void) | undefined;
  #holder: HTMLElement | undefined;

  constructor() {
    super();
    this.state = "open";
    this.current = "";
    this.href = "";
    this.rows = undefined;
  }

  /** The server's rows stay until ours replace them in one step. */
  override createRenderRoot(): HTMLElement {
    this.#holder = document.createElement("div");
    return this.#holder;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = connection().stream("inbox", (frame) => this.#heard(frame));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
  }

  #heard(frame: Frame): void {
    if (frame.type === "live" || frame.data?.["stale"]) {
      // What changed since the page was made, or during a break, was not told.
      void this.#load();
      return;
    }
    this.dispatchEvent(new CustomEvent("bsd-inbox", { bubbles: true }));
    if (this.rows) this.#take(frame.data as unknown as Summary);
    else void this.#load(frame.chat);
  }

  async #load(news = ""): Promise<void> {
    const { rows } = await list<Summary>(`/dialogs?state=${this.state}&limit=${MOST}`).catch(() => ({ rows: undefined }));
    if (!rows) return;
    for (const row of rows) {
      if (!this.#seen.has(row.id)) this.#seen.set(row.id, row.id === news ? row.last_seq - 1 : row.last_seq);
    }
    this.rows = rows;
    await this.updateComplete;
    if (this.#holder && this.firstElementChild !== this.#holder) this.replaceChildren(this.#holder);
  }

  #take(changed: Summary): void {
    const rest = (this.rows ?? []).filter((row) => row.id !== changed.id);
    if (changed.state === this.state) rest.unshift(changed);
    rest.sort((a, b) => b.last_message_at.localeCompare(a.last_message_at));
    this.rows = rest.slice(0, MOST);
  }

  #row(row: Summary): TemplateResult {
    const name = row.contact?.name || say("visitor");
    const here = row.id === this.current;
    if (here) this.#seen.set(row.id, row.last_seq);
    const unread = !here && row.last_seq > (this.#seen.get(row.id) ?? 0);
    const letters = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
    return html`<a class="item ${unread ? "item--unread" : ""}" href="${this.href}/${row.id}?state=${this.state}" aria-current=${here ? "true" : nothing}>
      <span class="avatar" aria-hidden="true">${letters}</span>
      <span class="item__body">
        <span class="item__title">${name}</span>
        <span class="item__line">${row.preview_internal ? html`${icon("lock", "item__lock")}<span class="sr-only">${say("note_line")} </span>` : nothing}${row.preview}</span>
      </span>
      <span class="item__side">
        <bsd-time datetime=${row.last_message_at} form="brief"></bsd-time>
        <bsd-due chat=${row.id}></bsd-due>
        ${row.assignee ? html`<span class="ellipsis">${row.assignee.name}</span>` : unread ? html`<span class="dot"></span>` : nothing}
      </span>
    </a>`;
  }

  override render(): TemplateResult {
    if (this.rows?.length === 0) {
      return html`<p class="empty muted">${say(this.state === "open" ? "none_open" : "none")}</p>`;
    }
    return html`<div class="list">${repeat(this.rows ?? [], (row) => row.id, (row) => this.#row(row))}</div>`;
  }
}

customElements.define("bsd-inbox", InboxElement);
