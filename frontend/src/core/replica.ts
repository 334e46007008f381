/** A copy of one conversation: applying the same events in any order, twice or late, gives the same copy. */
import type { Draft, Frame, Message, Pending } from "./types.ts";

const TYPING_MS = 15_000;

export class Replica {
  /** In order of `seq`, without holes between `oldest` and the end. */
  messages: Message[] = [];
  pending: Pending[] = [];
  drafts = new Map<string, Draft>();
  typing = new Map<string, { name: string; until: number }>();
  reads = new Map<string, number>();
  /** State, assignee and the rest of the conversation's own fields, as last told. */
  info: Record<string, unknown> = {};
  /** Every change up to this one has been seen: what `hello` tells the server. */
  cursor = 0;
  /** Whether messages before the first one exist. */
  more = false;
  gone = false;
  /** The server said that there are changes up to here without sending them. */
  wanted = 0;

  me: string;

  constructor(me: string) {
    this.me = me;
  }

  /** Something was skipped: the cursor stands still until the changes have been read. */
  get behind(): boolean {
    return this.wanted > this.cursor;
  }

  get oldest(): number {
    return this.messages[0]?.seq ?? 0;
  }

  get newest(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** Puts a page read from the server before (or instead of nothing) what is there. */
  addPage(messages: Message[], more: boolean): void {
    const first = this.messages.length === 0;
    for (const message of messages) this.put(message);
    this.more = more;
    if (first) for (const { mod } of messages) this.cursor = Math.max(this.cursor, mod);
  }

  /** Forgets what is loaded, because too much was missed to catch up change by change. */
  reset(): void {
    this.messages = [];
    this.cursor = 0;
    this.drafts.clear();
  }

  /** Stores a message unless a newer version of it is there. */
  put(message: Message): void {
    const at = this.#place(message.seq);
    const known = this.messages[at];
    if (known?.seq === message.seq) {
      if (known.mod < message.mod) this.messages[at] = message;
    } else {
      this.messages.splice(at, 0, message);
    }
    this.settle(message);
  }

  /** Applies a change: what lies before the loaded window will be read when somebody scrolls there. */
  change(message: Message): void {
    if (!this.more || message.seq >= this.oldest) this.put(message);
    if (!this.behind) this.cursor = Math.max(this.cursor, message.mod);
  }

  /** Applies changes read in order; `reached` is what the server had when it answered, seen by us or not. */
  catchUp(messages: Message[], reached: number): void {
    for (const message of messages) {
      this.change(message);
      this.cursor = Math.max(this.cursor, message.mod);
    }
    this.cursor = Math.max(this.cursor, reached);
  }

  /** Takes away what a stored message replaces: its draft, its sender's typing, our pending copy. */
  settle(message: Message): void {
    if (message.meta.run) this.drafts.delete(message.meta.run);
    this.typing.delete(message.sender.id);
    if (message.sender.id !== this.me) return;
    const same = (each: Pending) => each.seq === undefined && !each.reason && each.body === message.body;
    const copy =
      this.pending.find((each) => each.seq === message.seq) ??
      (this.pending.some((each) => each.seq === message.seq) ? undefined : this.pending.find(same));
    if (copy) copy.seq = message.seq;
  }

  /** Drops a pending copy whose message has been confirmed. */
  confirm(key: string, seq: number | undefined): void {
    const at = this.pending.findIndex((each) => each.key === key);
    const copy = this.pending[at];
    if (!copy) return;
    if (seq === undefined || this.has(seq)) this.pending.splice(at, 1);
    else copy.seq = seq;
  }

  has(seq: number): boolean {
    return this.messages[this.#place(seq)]?.seq === seq;
  }

  /** What has to be drawn as not yet stored: copies whose message is there already are left out. */
  get unsent(): Pending[] {
    return this.pending.filter((each) => each.seq === undefined || !this.has(each.seq));
  }

  /** Applies a frame; returns whether the changes have to be read from the server. */
  apply(frame: Frame): boolean {
    const data = frame.data ?? {};
    switch (frame.type) {
      case "message":
      case "message.changed":
        this.change(data as unknown as Message);
        break;
      case "message.delta":
        this.#delta(String(data["run"]), Number(data["at"]), String(data["text"]));
        break;
      case "run":
        this.#run(String(data["run"]), String(data["state"]));
        break;
      case "typing":
        if (data["actor"] !== this.me) {
          const until = Date.now() + TYPING_MS;
          this.typing.set(String(data["actor"]), { name: String(data["name"] ?? ""), until });
        }
        break;
      case "read": {
        const actor = String(data["actor"]);
        this.reads.set(actor, Math.max(this.reads.get(actor) ?? 0, Number(data["seq"])));
        break;
      }
      case "unread":
        this.reads.set(String(data["actor"]), Number(data["seq"]));
        break;
      case "chat.changed":
        if (!data["stale"]) Object.assign(this.info, data);
        this.wanted = Math.max(this.wanted, frame.mod ?? 0);
        return this.behind;
      case "chat.gone":
        this.gone = true;
        break;
    }
    return false;
  }

  /** Offsets count characters, not UTF-16 units. What was heard twice changes nothing; a gap waits for the end. */
  #delta(run: string, at: number, text: string): void {
    const draft = this.drafts.get(run) ?? { run, state: "streaming", text: "" };
    const heard = Array.from(draft.text);
    if (at <= heard.length && at + Array.from(text).length >= heard.length) {
      draft.text = heard.slice(0, at).join("") + text;
    }
    draft.state = "streaming";
    this.drafts.set(run, draft);
  }

  #run(run: string, state: string): void {
    const draft = this.drafts.get(run);
    if (state === "thinking" || state === "streaming") {
      this.drafts.set(run, { run, state, text: draft?.text ?? "" });
    } else {
      this.drafts.delete(run);
    }
  }

  #place(seq: number): number {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.messages[middle] as Message).seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
