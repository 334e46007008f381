/** A server small enough to be obviously right, and a socket to reach it through. */
import type { Frame, Message } from "../src/core/types.ts";

/** Repeatable chance (mulberry32). */
export function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function message(seq: number, mod: number, body = `message ${seq}`): Message {
  return {
    id: `m${seq}`,
    seq,
    mod,
    chat: "c",
    sender: { id: "other", kind: "user", name: "Other" },
    kind: "text",
    visibility: "public",
    body,
    html: "",
    meta: {},
    created_at: "2026-11-20T12:00:00Z",
  };
}

export class FakeChat {
  messages = new Map<number, Message>();
  mod = 0;
  #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Posts or edits something and returns the event of it. */
  act(): Frame {
    this.mod += 1;
    const edits = this.messages.size > 0 && this.#random() < 0.4;
    const seq = edits ? 1 + Math.floor(this.#random() * this.messages.size) : this.messages.size + 1;
    const stored = message(seq, this.mod, `version ${this.mod}`);
    this.messages.set(seq, stored);
    return this.frame(edits ? "message.changed" : "message", stored);
  }

  post(body: string, sender: Message["sender"]): Message {
    this.mod += 1;
    const seq = this.messages.size + 1;
    const stored = { ...message(seq, this.mod, body), sender };
    this.messages.set(seq, stored);
    return stored;
  }

  frame(type: string, stored: Message): Frame {
    return { v: 1, type, chat: "c", seq: stored.seq, mod: stored.mod, data: { ...stored } };
  }

  changesSince(mod: number): Message[] {
    return [...this.messages.values()].filter((each) => each.mod > mod).sort((a, b) => a.mod - b.mod);
  }
}

type Handler = (socket: FakeSocket, frame: Frame & Record<string, unknown>) => void;

/** Stands in for WebSocket; the test is the server. */
export class FakeSocket {
  static opened: FakeSocket[] = [];
  static handler: Handler = () => {};
  static refuse = false;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  address: string;

  constructor(address: string) {
    this.address = address;
    FakeSocket.opened.push(this);
    queueMicrotask(() => {
      if (FakeSocket.refuse) return this.end(1006);
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Frame & Record<string, unknown>;
    queueMicrotask(() => FakeSocket.handler(this, frame));
  }

  tell(frame: Frame): void {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  close(): void {
    this.end(1000);
  }
}
