/** `<bsd-inbox state current href query labels picks>`: a list of dialogs, live. Until the first news the server's rows stand. */
import { html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Frame, Sender } from "../core/types.ts";
import { actorId, list } from "../page/api.ts";
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
  labels: string[];
  team_id: string | null;
  priority: string;
  waiting_since: string | null;
  due_at: string | null;
  meta: Record<string, unknown>;
}

interface Label {
  name: string;
  colour: string;
}

const MOST = 50;
const RANKS = ["low", "normal", "high", "urgent"];
const NEVER = "9999";

const newest = (a: Summary, b: Summary): number => b.last_message_at.localeCompare(a.last_message_at) || b.id.localeCompare(a.id);
/** The server's orders. */
const ORDERS: Record<string, (a: Summary, b: Summary) => number> = {
  newest,
  waiting: (a, b) => (a.waiting_since ?? NEVER).localeCompare(b.waiting_since ?? NEVER) || a.id.localeCompare(b.id),
  due: (a, b) => (a.due_at ?? NEVER).localeCompare(b.due_at ?? NEVER) || a.id.localeCompare(b.id),
  priority: (a, b) => RANKS.indexOf(b.priority) - RANKS.indexOf(a.priority) || newest(a, b),
};

/** The dot that `ui.swatch` draws. */
const swatch = (colour: string): TemplateResult =>
  html`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">${svg`<circle cx="5" cy="5" r="4.5" fill=${colour}></circle>`}</svg>`;

class InboxElement extends LitElement {
  static override properties = {
    state: { type: String },
    current: { type: String },
    href: { type: String },
    query: { type: String },
    labels: { type: Object },
    picks: { type: Boolean },
    rows: { state: true },
    more: { state: true },
  };

  declare state: string;
  declare current: string;
  declare href: string;
  /** The filters, as the API takes them. */
  declare query: string;
  /** Labels by their ids. */
  declare labels: Record<string, Label>;
  /** Whether rows can be chosen. */
  declare picks: boolean;
  declare rows: Summary[] | undefined;
  declare more: boolean;

  #seen = new Map<string, number>();
  #leave: (() => void) | undefined;
  #holder: HTMLElement | undefined;
  #picked = new Set<string>();
  #last = "";
  #shift = false;

  constructor() {
    super();
    this.state = "open";
    this.current = "";
    this.href = "";
    this.query = "";
    this.labels = {};
    this.picks = false;
    this.rows = undefined;
    this.more = false;
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

  /** Rows that were chosen before the server's gave way stay chosen. */
  #keepPicked(): void {
    for (const box of this.querySelectorAll<HTMLInputElement>(":scope > .list input[name='ids']:checked")) this.#picked.add(box.value);
  }

  async #load(news = ""): Promise<void> {
    const wanted = this.query || `state=${this.state}`;
    const most = Math.max(MOST, Math.min(this.rows?.length ?? 0, 200));
    const found = await list<Summary>(`/dialogs?${wanted}&limit=${most}`).catch(() => undefined);
    if (!found) return;
    for (const row of found.rows) {
      if (!this.#seen.has(row.id)) this.#seen.set(row.id, row.id === news ? row.last_seq - 1 : row.last_seq);
    }
    this.#keepPicked();
    this.rows = found.rows;
    this.more = found.more;
    this.dispatchEvent(new CustomEvent("bsd-listed", { bubbles: true, detail: { rows: found.rows, all: this.#unfiltered && !found.more } }));
    await this.updateComplete;
    if (this.#holder && this.firstElementChild !== this.#holder) this.#appear(this.#holder);
  }

  /** Our rows take the place of the server's; who stood on one of them with the keyboard stays there. */
  #appear(holder: HTMLElement): void {
    const focused = this.contains(document.activeElement) ? (document.activeElement as HTMLAnchorElement).pathname : undefined;
    this.replaceChildren(holder);
    if (focused) [...this.querySelectorAll<HTMLAnchorElement>("a.item")].find((row) => row.pathname === focused)?.focus();
  }

  /** The next page begins below the last row, whatever has moved above it since. */
  async #older(): Promise<void> {
    const last = this.rows?.at(-1);
    if (!last) return;
    const query = new URLSearchParams(this.query || `state=${this.state}`);
    query.set("limit", String(MOST));
    query.set("cursor", this.#cursor(last));
    const found = await list<Summary>(`/dialogs?${query}`).catch(() => undefined);
    if (!found) return;
    for (const row of found.rows) this.#seen.set(row.id, row.last_seq);
    const known = new Set(this.rows?.map((row) => row.id));
    this.rows = [...(this.rows ?? []), ...found.rows.filter((row) => !known.has(row.id))];
    this.more = found.more;
  }

  #cursor(row: Summary): string {
    const sort = this.#sort;
    if (sort === "due") return `${row.due_at ?? "9999-01-01T00:00:00+00:00"}~${row.id}`;
    if (sort === "waiting") return `${row.waiting_since ?? "9999-01-01T00:00:00+00:00"}~${row.id}`;
    return `${sort === "priority" ? `${row.priority}!` : ""}${row.last_message_at}~${row.id}`;
  }

  /** Resolved dialogs wait for nothing: the server lists them newest first. */
  get #sort(): string {
    const sort = this.#wanted.get("sort") ?? "newest";
    return this.state === "resolved" && sort !== "priority" ? "newest" : sort;
  }

  get #wanted(): URLSearchParams {
    return new URLSearchParams(this.query);
  }

  /** Whether every dialog of the people's is meant. */
  get #unfiltered(): boolean {
    return this.state === "open" && [...this.#wanted.keys()].every((name) => name === "state" || name === "sort");
  }

  /** Whether a changed dialog belongs to the list; what words it has only the server knows. */
  #fits(row: Summary): boolean {
    const wanted = this.#wanted;
    const is = (name: string, value: unknown): boolean => !wanted.get(name) || wanted.get(name) === value;
    return (
      row.state === this.state &&
      (!wanted.get("mine") || row.assignee?.id === actorId()) &&
      (!wanted.get("unassigned") || row.assignee === null) &&
      (!wanted.get("q") || (this.rows ?? []).some((each) => each.id === row.id)) &&
      (!wanted.get("label") || row.labels.includes(wanted.get("label") ?? "")) &&
      is("assignee", row.assignee?.id) && is("team", row.team_id) && is("priority", row.priority) && is("channel", row.meta["channel"])
    );
  }

  #take(changed: Summary): void {
    const rest = (this.rows ?? []).filter((row) => row.id !== changed.id);
    if (this.#fits(changed)) rest.unshift(changed);
    rest.sort(ORDERS[this.#sort] ?? newest);
    // What came in below the last row of a list that goes on is for its next page.
    const end = this.rows?.at(-1);
    if (this.more && end && rest.at(-1)?.id === changed.id && end.id !== changed.id) rest.pop();
    this.rows = rest;
  }

  /** With Shift everything between this row and the one before is chosen as well. */
  #pick(event: Event, id: string): void {
    const on = (event.target as HTMLInputElement).checked;
    const ids = (this.rows ?? []).map((row) => row.id);
    const [a, b] = [ids.indexOf(this.#last), ids.indexOf(id)];
    const chosen = this.#shift && a >= 0 ? ids.slice(Math.min(a, b), Math.max(a, b) + 1) : [id];
    for (const each of chosen) {
      if (on) this.#picked.add(each);
      else this.#picked.delete(each);
    }
    this.#last = id;
    this.requestUpdate();
  }

  #row(row: Summary): TemplateResult {
    const name = row.contact?.name || say("visitor");
    const here = row.id === this.current;
    if (here) this.#seen.set(row.id, row.last_seq);
    const unread = !here && row.last_seq > (this.#seen.get(row.id) ?? 0);
    const letters = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
    const urgent = row.priority === "high" || row.priority === "urgent" ? row.priority : undefined;
    const labels = row.labels.flatMap((label) => this.labels[label] ?? []);
    return html`<div class="pick">
      ${this.picks
        ? html`<input class="pick__box" type="checkbox" form="bulk" name="ids" value=${row.id} aria-label=${say("choose_one", { name })}
            .checked=${this.#picked.has(row.id)} @click=${(event: MouseEvent) => (this.#shift = event.shiftKey)} @change=${(event: Event) => this.#pick(event, row.id)}>`
        : nothing}
      <a class="item ${unread ? "item--unread" : ""}" href="${this.href}/${row.id}?${this.query || `state=${this.state}`}" aria-current=${here ? "true" : nothing}>
      <span class="avatar" aria-hidden="true">${letters}</span>
      <span class="item__body">
        <span class="item__title">${urgent ? html`${icon("flag", `item__flag item__flag--${urgent}`)}<span class="sr-only">${say(`priority_${urgent}`)} </span>` : nothing}${name}</span>
        <span class="item__line">${row.preview_internal ? html`${icon("lock", "item__lock")}<span class="sr-only">${say("note_line")} </span>` : nothing}${row.preview}</span>
        ${labels.length ? html`<span class="item__labels">${labels.map((label) => html`<span class="badge label">${swatch(label.colour)}<span class="ellipsis">${label.name}</span></span>`)}</span>` : nothing}
      </span>
      <span class="item__side">
        <bsd-time datetime=${row.last_message_at} form="brief"></bsd-time>
        <bsd-due chat=${row.id}></bsd-due>
        ${row.assignee ? html`<span class="ellipsis">${row.assignee.name}</span>` : unread ? html`<span class="dot"></span>` : nothing}
      </span>
    </a></div>`;
  }

  override render(): TemplateResult {
    if (this.rows?.length === 0) {
      return html`<p class="empty muted">${say(this.state === "open" ? "none_open" : "none")}</p>`;
    }
    return html`<div class="list">${repeat(this.rows ?? [], (row) => row.id, (row) => this.#row(row))}</div>
      ${this.more ? html`<nav class="pagination"><button type="button" class="btn" @click=${() => void this.#older()}>${say("more")}</button></nav>` : nothing}`;
  }
}

customElements.define("bsd-inbox", InboxElement);
