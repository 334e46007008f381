/** One conversation as a view uses it: open, read on, send, retry. Says `changed` after every change. */
import { Refused, type Connection, type Link } from "./connection.ts";
import { Replica } from "./replica.ts";
import type { Frame, Message, Page, Pending } from "./types.ts";

/** How this conversation is read and written over HTTP: the widget and the dashboard differ. */
export interface Source {
  page(before?: number): Promise<Page>;
  changes(since: number): Promise<Page>;
  /** Stores a message; rejects with an error whose `retry` is false when trying again is pointless. */
  post(draft: Pending): Promise<Message | { seq: number | undefined }>;
}

/** More changed pages than this, and reading the newest page anew is cheaper. */
const MOST_CHANGES = 10;
const TYPING_EVERY_MS = 4_000;
const RETRY_MS = 5_000;

export class Conversation {
  /** Empty until a first message makes the conversation. */
  chat: string;
  readonly replica: Replica;
  link: Link = "connecting";
  readonly source: Source;
  readonly changed: () => void;
  #connection: Connection;
  #leave: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #posting = Promise.resolve();
  #typed = 0;
  #read = 0;

  constructor(chat: string, me: string, connection: Connection, source: Source, changed: () => void) {
    this.chat = chat;
    this.replica = new Replica(me);
    this.#connection = connection;
    this.source = source;
    this.changed = changed;
    this.link = connection.link;
  }

  /** Reads the newest page (unless it was given) and follows the conversation from there. */
  async open(given?: Page): Promise<void> {
    const page = given ?? (await this.source.page());
    this.replica.addPage(page.messages, page.more);
    this.#leave = this.#connection.watch(this.chat, {
      cursor: () => this.replica.cursor,
      frame: (frame) => this.#frame(frame),
      link: (state) => this.#linked(state),
    });
    // The socket may have been there before the conversation was.
    this.link = this.#connection.link;
    this.changed();
  }

  close(): void {
    this.#leave?.();
  }

  /** Shows the message at once and stores it; a failure stays visible and can be retried. */
  send(body: string, visibility: Message["visibility"] = "public", extra?: Record<string, unknown>): Pending {
    const at = Date.now();
    const draft: Pending = { key: crypto.randomUUID(), body, visibility, at, state: "sending", extra };
    this.replica.pending.push(draft);
    this.changed();
    this.#post(draft);
    return draft;
  }

  /** Takes up what was written before a reload; its keys keep it from being stored twice. */
  restore(drafts: Pending[]): void {
    this.replica.pending.push(...drafts);
    for (const draft of drafts) this.#post(draft);
  }

  retry(key: string, extra?: Record<string, unknown>): void {
    const draft = this.replica.pending.find((each) => each.key === key);
    if (!draft || draft.state === "sending") return;
    draft.state = "sending";
    draft.reason = "";
    if (extra) draft.extra = { ...draft.extra, ...extra };
    this.changed();
    this.#post(draft);
  }

  typing(): void {
    const now = Date.now();
    if (!this.chat || now - this.#typed < TYPING_EVERY_MS) return;
    this.#typed = now;
    this.#connection.command("typing", { chat: this.chat }).catch(ignore);
  }

  markRead(): void {
    const { newest } = this.replica;
    if (newest <= this.#read) return;
    this.#read = newest;
    this.#connection.command("read", { chat: this.chat, seq: newest }).catch((error: unknown) => {
      if (!(error instanceof Refused)) this.#read = 0;
    });
  }

  /** One after the other, so that they are stored in the order in which they were written. */
  #post(draft: Pending): void {
    this.#posting = this.#posting.then(() => this.#deliver(draft));
  }

  async #deliver(draft: Pending): Promise<void> {
    try {
      const stored = await this.source.post(draft);
      // Our own message proves nothing about those before it: the cursor stays.
      if ("id" in stored) this.replica.put(stored);
      this.replica.confirm(draft.key, stored.seq);
    } catch (error) {
      draft.state = "failed";
      const refusal = error as { retry?: boolean; code?: string; message: string };
      draft.reason = refusal.retry === false ? refusal.message : "";
      draft.code = refusal.code ?? "";
      // The socket may well be live while this one request was lost.
      if (refusal.retry !== false) setTimeout(() => this.retry(draft.key), RETRY_MS);
    }
    this.changed();
  }

  #frame(frame: Frame): void {
    if (this.replica.apply(frame)) void this.#catchUp();
    this.changed();
  }

  #linked(state: Link): void {
    this.link = state;
    if (state === "live") {
      if (this.replica.behind) void this.#catchUp();
      for (const { key, state: sent, reason } of this.replica.pending) {
        if (sent === "failed" && !reason) this.retry(key);
      }
    } else {
      this.replica.drafts.clear();
      this.replica.typing.clear();
    }
    this.changed();
  }

  /** Reads what was skipped, once at a time; what arrives meanwhile is applied but proves nothing. */
  #catchUp(): Promise<void> {
    this.#reading ??= this.#readChanges()
      .catch(ignore)
      .finally(() => {
        this.#reading = undefined;
        this.changed();
      });
    return this.#reading;
  }

  async #readChanges(): Promise<void> {
    const { replica } = this;
    for (let pages = 0; ; pages += 1) {
      if (pages === MOST_CHANGES) {
        const page = await this.source.page();
        replica.reset();
        replica.addPage(page.messages, page.more);
        break;
      }
      const { wanted } = replica;
      const { messages, more } = await this.source.changes(replica.cursor);
      replica.catchUp(messages, more ? 0 : wanted);
      if (!more && !replica.behind) break;
    }
  }
}

function ignore(): void {}
