/** One socket per tab: hello with cursors, answers by `cid`, and coming back after it broke. */
import type { Frame } from "./types.ts";

export type Link = "connecting" | "live" | "offline" | "closed";

export interface Listener {
  cursor(): number;
  frame(frame: Frame): void;
  link(state: Link): void;
}

export interface Options {
  /** The socket's address; asked for anew at every attempt, because tickets are used once. */
  address(): string | Promise<string>;
  /** Whether a new address brings new credentials, so that an ended session is no end. */
  renews?: boolean;
}

export class Refused extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

const CAP_MS = 10_000;
const FIRST_MS = 500;
const PING_MS = 25_000;
const ANSWER_MS = 10_000;
/** `WebSocket.OPEN`. */
const OPEN = 1;
/** The server does not know us, or ended the session: the same credentials will not do. */
const ENDED = new Set([4001, 4003]);

type Waiting = { done(frame: Frame): void; fail(error: Error): void; timer: ReturnType<typeof setTimeout> };

export class Connection {
  link: Link = "connecting";
  /** Called whenever we are there or back. */
  greeted: (() => void) | undefined;
  #options: Options;
  #socket: WebSocket | undefined;
  #listeners = new Map<string, Listener>();
  #waiting = new Map<string, Waiting>();
  #attempt = 0;
  #streams = new Map<string, Set<(frame: Frame) => void>>();
  #cid = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #stopped = true;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    globalThis.addEventListener?.("online", this.#now);
    globalThis.document?.addEventListener("visibilitychange", this.#now);
    void this.#open();
  }

  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.("online", this.#now);
    globalThis.document?.removeEventListener("visibilitychange", this.#now);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Follows a conversation; returns how to stop. */
  watch(chat: string, listener: Listener): () => void {
    this.#listeners.set(chat, listener);
    void this.#ask([chat]);
    return () => this.#listeners.delete(chat);
  }

  /** Follows one of the server's streams (`inbox`): frames of its type, and `live` whenever we are there or back. */
  stream(name: string, heard: (frame: Frame) => void): () => void {
    const all = this.#streams.get(name) ?? new Set();
    this.#streams.set(name, all.add(heard));
    const late = this.link === "live";
    void this.#ask([]).then(() => late && heard({ type: "live" }));
    return () => all.delete(heard);
  }

  /** Sends a command and waits for its answer. Rejects with Refused, or Error when nobody answers. */
  command(type: string, fields: Record<string, unknown> = {}): Promise<Frame> {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) return Promise.reject(new Error("offline"));
    const cid = String(++this.#cid);
    return new Promise((done, fail) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(cid);
        fail(new Error("timeout"));
      }, ANSWER_MS);
      this.#waiting.set(cid, { done, fail, timer });
      socket.send(JSON.stringify({ type, cid, ...fields }));
    });
  }

  #now = (): void => {
    if (this.link === "live" || globalThis.document?.hidden) return;
    if (this.#retry !== undefined) {
      clearTimeout(this.#retry);
      void this.#open();
    }
  };

  async #open(): Promise<void> {
    this.#retry = undefined;
    try {
      const address = await this.#options.address();
      if (this.#stopped) return;
      const socket = new WebSocket(address);
      this.#socket = socket;
      socket.onopen = () => void this.#greet(socket);
      socket.onmessage = (event) => this.#receive(String(event.data));
      socket.onclose = (event) => this.#closed(socket, event.code);
    } catch {
      this.#later();
    }
  }

  async #greet(socket: WebSocket): Promise<void> {
    try {
      await this.#hello([...this.#listeners.keys()]);
    } catch {
      socket.close();
      return;
    }
    this.#attempt = 0;
    this.#ping = setInterval(() => void this.command("ping").catch(() => socket.close()), PING_MS);
    this.#tell("live");
    this.greeted?.();
  }

  /** Asks for more on a socket that is open, be its greeting answered or not: that one went without this. */
  async #ask(chats: string[]): Promise<void> {
    const socket = this.#socket;
    if (socket?.readyState === OPEN) await this.#hello(chats).catch(() => socket.close());
  }

  #hello(chats: string[]): Promise<Frame> {
    const cursors: Record<string, number> = {};
    for (const chat of chats) cursors[chat] = this.#listeners.get(chat)?.cursor() ?? 0;
    const streams = Object.fromEntries([...this.#streams.keys()].map((name) => [name, true]));
    return this.command("hello", { cursors, ...streams });
  }

  /** Takes a frame, or several at once in an array. */
  #receive(text: string): void {
    const frames = JSON.parse(text) as Frame | Frame[];
    if (Array.isArray(frames)) for (const frame of frames) this.#take(frame);
    else this.#take(frames);
  }

  #take(frame: Frame): void {
    const waiting = frame.cid === undefined ? undefined : this.#waiting.get(frame.cid);
    if (waiting) {
      this.#waiting.delete(frame.cid as string);
      clearTimeout(waiting.timer);
      if (frame.type === "error") {
        waiting.fail(new Refused(String(frame.data?.["code"]), String(frame.data?.["message"] ?? "")));
      } else {
        waiting.done(frame);
      }
      return;
    }
    const listener = frame.chat === undefined ? undefined : this.#listeners.get(frame.chat);
    listener?.frame(frame);
    for (const heard of this.#streams.get(frame.type) ?? []) heard(frame);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#drop();
    if (ENDED.has(code) && !this.#options.renews) this.#tell("closed");
    else if (!this.#stopped) this.#later();
  }

  #drop(): void {
    clearInterval(this.#ping);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    for (const { fail, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      fail(new Error("offline"));
    }
    this.#waiting.clear();
  }

  /** Full jitter: a whole office that lost the server doesn't come back in the same instant. */
  #later(): void {
    this.#tell("offline");
    const most = Math.min(CAP_MS, FIRST_MS * 2 ** this.#attempt++);
    this.#retry = setTimeout(() => void this.#open(), Math.random() * most);
  }

  #tell(state: Link): void {
    this.link = state;
    for (const listener of this.#listeners.values()) listener.link(state);
    if (state === "live") for (const all of this.#streams.values()) for (const heard of all) heard({ type: "live" });
  }
}
