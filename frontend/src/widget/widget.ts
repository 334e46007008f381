/** The widget: a bubble, a panel, one conversation. */
import { Connection } from "../core/connection.ts";
import { Conversation } from "../core/conversation.ts";
import type { Citation, Page, Pending, Sender } from "../core/types.ts";
import { Failure, type Api, type Config, type Session } from "./api.ts";
import { wordsOn } from "./colour.ts";
import { h } from "./dom.ts";
import { showLine, showMessage, showPassage, showPending } from "./messages.ts";
import { Panel } from "./panel.ts";
import type { Store } from "./store.ts";
import style from "./style.css?inline";
import { speak, type Say } from "./words.ts";

/** Without a socket (a proxy that forbids it) an open panel asks this often. */
const POLL_MS = 4_000;
const POLLED = 20;
const TICKET_MS = 20_000;

/** Markdown's signs would flicker while the words arrive; the final message has what they mean. */
function unmarked(text: string): string {
  return text.replace(/\*\*|`|^#+ /gm, "");
}

type Event = "open" | "close" | "message";

export class Widget {
  #api: Api;
  #store: Store;
  #theme: string;
  #host = h("div");
  #panel!: Panel;
  #say!: Say;
  #config!: Config;
  #session: Promise<Session> | undefined;
  #ticket = { value: "", until: 0 };
  #connection: Connection;
  #talk: Conversation | undefined;
  #drawn = new Map<string, HTMLElement>();
  #listeners = new Map<Event, Set<(detail?: unknown) => void>>();
  #told = 0;
  #calling = false;
  /** How the log follows what comes: by the beginning of what is new, at its end, or not, as the visitor scrolled. */
  #follow: "new" | "end" | "" = "new";
  #placed = 0;

  constructor(api: Api, store: Store, theme: string) {
    this.#api = api;
    this.#store = store;
    this.#theme = theme;
    api.visitor = store.kept.visitor ?? "";
    this.#connection = new Connection({ address: () => this.#address(), renews: true });
  }

  async start(): Promise<void> {
    // A returning visitor's session brings the configuration along.
    const known = this.#api.visitor ? await this.#enter().catch(() => undefined) : undefined;
    this.#config = known?.config ?? (await this.#api.config());
    this.#say = speak(this.#config.locale || this.#api.locale, this.#config.texts);
    this.#build();
    if (known) this.#begin(known);
    if (this.#store.kept.open) this.open(false);
  }

  on(event: Event, listener: (detail?: unknown) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    return () => set.delete(listener);
  }

  get #open(): boolean {
    return this.#panel !== undefined && !this.#panel.panel.hidden;
  }

  open(focus = true): void {
    if (!this.#panel || this.#open) return;
    this.#panel.panel.hidden = false;
    this.#panel.bubble.hidden = true;
    this.#host.toggleAttribute("data-open", true);
    this.#store.save({ open: true });
    if (focus && !matchMedia("(pointer: coarse)").matches) this.#panel.input.focus();
    this.#toNewest();
    this.#tell("open");
    void this.#ready().then(() => this.#draw());
  }

  close(): void {
    if (!this.#open) return;
    this.#panel.panel.hidden = true;
    this.#panel.bubble.hidden = false;
    this.#host.toggleAttribute("data-open", false);
    this.#store.save({ open: false });
    this.#panel.bubble.focus();
    this.#tell("close");
  }

  /** Opens the panel and asks, as if the visitor had written it; what they are writing stays. */
  ask(words: string): void {
    const body = words.trim();
    if (!body || !this.#panel) return;
    this.open();
    this.#deliver(body, () => undefined);
  }

  #tell(event: Event, detail?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(detail);
  }

  #build(): void {
    const sheet = new CSSStyleSheet();
    const { accent, name } = this.#config;
    const colour = /^#[0-9a-f]{6}$/i.test(accent) ? accent : "#2f6249";
    const scheme = /^(light|dark)$/.test(this.#theme) ? `color-scheme:${this.#theme};` : "";
    sheet.replaceSync(`${style}.all{--a:${colour};--on:${wordsOn(colour)};${scheme}}`);
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#panel = new Panel(name, this.#say, {
      toggle: () => this.open(),
      close: () => this.close(),
      send: () => this.#send(),
      person: () => void this.#callPerson(),
      typing: () => {
        this.#store.save({ draft: this.#panel.input.value });
        this.#talk?.typing();
      },
    });
    this.#panel.input.value = this.#store.kept.draft ?? "";
    this.#host.lang = this.#config.locale || this.#api.locale;
    this.#host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open) return;
      event.stopPropagation();
      if (this.#panel.sheet.hidden) this.close();
      else this.#panel.hidePassage();
    });
    root.append(this.#panel.all);
    document.body.append(this.#host);
    document.addEventListener("visibilitychange", () => this.#draw());
    setInterval(() => this.#poll(), POLL_MS);
    const { scroll } = this.#panel;
    scroll.addEventListener("scroll", () => this.#scrolled());
    // A growing field or a keyboard makes the log smaller: its last line stays in sight.
    new ResizeObserver(() => this.#place()).observe(scroll);
    this.#draw();
  }

  /** Begins or continues this visitor's session with the server. */
  async #enter(): Promise<Session> {
    const session = await this.#api.session();
    this.#store.save({ visitor: session.visitor });
    this.#ticket = { value: session.ticket, until: Date.now() + TICKET_MS };
    return session;
  }

  async #address(): Promise<string> {
    if (this.#ticket.until < Date.now()) await this.#enter();
    this.#ticket.until = 0;
    return this.#api.socket(this.#ticket.value);
  }

  /** Resolves when there is a conversation to write to; a failure is tried again at the next call. */
  async #ready(): Promise<Conversation> {
    if (this.#talk) return this.#talk;
    this.#session ??= this.#enter();
    try {
      return this.#begin(await this.#session);
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  #begin(session: Session): Conversation {
    if (this.#talk) return this.#talk;
    const talk = new Conversation(
      session.chat ?? "",
      session.contact,
      this.#connection,
      {
        page: () => this.#page(0),
        changes: () => this.#page(Math.max(0, talk.replica.oldest - 1)),
        post: (draft) => this.#post(draft),
      },
      () => this.#draw(),
    );
    this.#talk = talk;
    talk.replica.info["state"] = session.state;
    const page = { messages: session.messages, more: false };
    if (talk.chat) void talk.open(page);
    this.#connection.start();
    const kept = this.#store.kept.outbox ?? [];
    talk.restore(kept.map((each) => ({ ...each, visibility: "public", state: "sending" })));
    return talk;
  }

  async #page(after: number): Promise<Page> {
    return { messages: await this.#api.messages(after), more: false };
  }

  /** Calls the server; a session that it no longer knows is begun anew, once. */
  async #asVisitor<T>(call: () => Promise<T>): Promise<T> {
    return call().catch(async (error: unknown) => {
      if (!(error instanceof Failure && error.status === 401)) throw error;
      await this.#enter();
      return call();
    });
  }

  async #post(draft: Pending): Promise<Awaited<ReturnType<Api["post"]>>> {
    const stored = await this.#asVisitor(() => this.#api.post(draft.key, draft.body));
    await this.#found(stored.chat);
    return stored;
  }

  /** The server made the conversation: from here on it is followed. */
  async #found(chat: string): Promise<void> {
    const talk = this.#talk as Conversation;
    if (talk.chat) return;
    talk.chat = chat;
    await talk.open({ messages: [], more: false });
  }

  #send(): void {
    const { input } = this.#panel;
    const body = input.value.trim();
    if (!body) return;
    input.value = "";
    this.#store.save({ draft: "" });
    this.#deliver(body, () => {
      // Nobody answered: what was written goes back where it can be sent from again.
      input.value = input.value ? `${body}\n${input.value}` : body;
      this.#store.save({ draft: input.value });
    });
  }

  #deliver(body: string, failed: () => void): void {
    void this.#ready().then(
      (talk) => {
        talk.send(body);
        this.#toNewest();
      },
      () => {
        failed();
        this.#panel.line.textContent = this.#say("failed");
      },
    );
  }

  async #callPerson(): Promise<void> {
    if (this.#panel.person.ariaDisabled) return;
    this.#calling = true;
    this.#drawState();
    let words = "";
    try {
      const talk = await this.#ready();
      const { chat, state } = await this.#asVisitor(() => this.#api.person());
      talk.replica.info["state"] = state;
      await this.#found(chat);
    } catch {
      words = this.#say("failed");
    }
    this.#calling = false;
    this.#draw();
    if (words) this.#panel.line.textContent = words;
  }

  async #cite(citation: Citation): Promise<void> {
    const brief = { title: citation.title, text: citation.quote ?? "" };
    this.#panel.showPassage(citation.title, showPassage(brief, citation, this.#say));
    const whole = await this.#api.passage(citation.chunk).catch(() => undefined);
    if (whole && !this.#panel.sheet.hidden) {
      this.#panel.showPassage(whole.title, showPassage(whole, citation, this.#say));
    }
  }

  #poll(): void {
    const talk = this.#talk;
    if (!talk?.chat || talk.link === "live" || !this.#open || document.hidden) return;
    // What was said lately is read again: it may have been edited or deleted.
    this.#page(Math.max(0, talk.replica.newest - POLLED)).then(
      ({ messages }) => {
        for (const message of messages) talk.replica.put(message);
        if (messages.length) this.#draw();
      },
      () => undefined,
    );
  }

  #toNewest(): void {
    this.#follow = "new";
    this.#place();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#panel.scroll;
    if (Math.abs(scrollTop - this.#placed) < 2) return;
    this.#follow = scrollHeight - scrollTop - clientHeight < 60 ? "end" : "";
  }

  /** Shows the end, but of a long answer the beginning: nobody reads from the last line upwards. */
  #place(): void {
    if (!this.#follow) return;
    const { drafts, log, scroll } = this.#panel;
    const newest = drafts.lastElementChild ?? [...log.children].findLast((each) => !each.matches(".system"));
    const end = scroll.scrollHeight - scroll.clientHeight;
    const answers = this.#follow === "new" && newest && !newest.matches(".mine, .log");
    const start = answers ? newest.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 12 : end;
    scroll.scrollTop = Math.min(start, end);
    this.#placed = scroll.scrollTop;
  }

  #draw(): void {
    if (!this.#panel) return;
    const streamed = this.#panel.drafts.childElementCount > 0;
    const newest = this.#panel.log.lastElementChild;
    this.#drawLog();
    this.#drawDrafts();
    this.#drawState();
    // At the end without having read along: what arrived is new from its first line.
    if (this.#follow === "end" && !streamed && newest !== this.#panel.log.lastElementChild) this.#follow = "new";
    this.#place();
  }

  /** Keeps elements whose message is unchanged, so that a screen reader hears only what is new. */
  #drawLog(): void {
    const replica = this.#talk?.replica;
    const wanted: [string, () => HTMLElement][] = [];
    if (this.#config.greeting) {
      wanted.push(["greeting", () => h("div", { class: "m" }, this.#config.greeting)]);
    }
    let person = "";
    let joins = 0;
    const joined = ({ id, kind, name }: Sender): void => {
      if (kind !== "user" || id === person) return;
      person = id;
      const words = this.#say("joined", { name: name || this.#config.name });
      wanted.push([`joined.${++joins}.${id}`, () => showLine(words)]);
    };
    for (const message of replica?.messages ?? []) {
      // After a call for a person it may be the same one who comes again.
      if (message.meta["event"] === "handoff") person = "";
      joined(message.sender);
      wanted.push([
        `${message.seq}.${message.mod}`,
        () => showMessage(message, this.#say, (each) => void this.#cite(each)),
      ]);
    }
    for (const draft of replica?.unsent ?? []) {
      const retry = (): void => this.#talk?.retry(draft.key);
      wanted.push([draft.key + draft.state, () => showPending(draft, this.#say, retry)]);
    }
    const { assignee, state } = replica?.info ?? {};
    // Whoever took the dialog is there before their first words.
    if (assignee && state === "open") joined(assignee as Sender);
    if (state === "resolved") wanted.push(["resolved", () => showLine(this.#say("resolved"))]);
    const kept = new Map<string, HTMLElement>();
    wanted.forEach(([id, make], at) => {
      const element = this.#drawn.get(id) ?? make();
      kept.set(id, element);
      if (this.#panel.log.children[at] !== element) {
        this.#panel.log.insertBefore(element, this.#panel.log.children[at] ?? null);
      }
    });
    while (this.#panel.log.children.length > wanted.length) this.#panel.log.lastElementChild?.remove();
    this.#drawn = kept;
  }

  #drawDrafts(): void {
    const replica = this.#talk?.replica;
    const drafts = [...(replica?.drafts.values() ?? [])];
    const written = drafts.filter((each) => each.text);
    this.#panel.drafts.replaceChildren(...written.map((each) => h("div", { class: "m draft" }, unmarked(each.text))));
    const typist = [...(replica?.typing.values() ?? [])].find((each) => each.until > Date.now());
    const words = typist
      ? this.#say("typing", { name: typist.name || this.#config.name })
      : drafts.length > written.length
        ? this.#say("thinking")
        : "";
    this.#panel.status.classList.toggle("dots", words !== "");
    if (this.#panel.status.textContent !== words) this.#panel.status.textContent = words;
  }

  #drawState(): void {
    const { badge, bubble, line, person } = this.#panel;
    const replica = this.#talk?.replica;
    const cut = this.#talk !== undefined && this.#talk.chat !== "" && this.#talk.link === "offline";
    const words = cut ? this.#say("offline") : "";
    if (line.textContent !== words) line.textContent = words;
    const called = this.#calling || replica?.info["state"] === "open";
    // Not `disabled`, which would drop the focus of whoever pressed it.
    if (called) person.setAttribute("aria-disabled", "true");
    else person.removeAttribute("aria-disabled");
    person.textContent = this.#say(called ? "called" : "person");
    const theirs = replica?.messages.filter((each) => each.sender.id !== replica.me && !each.deleted_at) ?? [];
    const newest = theirs.at(-1);
    if (this.#open && !document.hidden && replica) {
      if (replica.newest > (this.#store.kept.read ?? 0)) this.#store.save({ read: replica.newest });
      if (this.#talk?.link === "live") this.#talk.markRead();
    }
    const count = theirs.filter((each) => each.seq > (this.#store.kept.read ?? 0)).length;
    badge.hidden = count === 0;
    badge.textContent = String(Math.min(count, 99));
    bubble.setAttribute("aria-label", this.#say("open") + (count ? `, ${this.#say("unread", { n: count })}` : ""));
    if (newest && newest.seq > this.#told) {
      if (this.#told) this.#tell("message", { text: newest.body, from: newest.sender.name });
      this.#told = newest.seq;
    }
    const pending = replica?.pending ?? [];
    if (pending.length !== (this.#store.kept.outbox?.length ?? 0)) {
      this.#store.save({ outbox: pending.map(({ key, body, at }) => ({ key, body, at })) });
    }
  }
}
