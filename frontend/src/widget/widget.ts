/** The widget: a bubble, a panel, one conversation. */
import { Connection } from "../core/connection.ts";
import { Conversation } from "../core/conversation.ts";
import type { Citation, Message, Page, Pending, Sender } from "../core/types.ts";
import { Failure, type Api, type Config, type Session } from "./api.ts";
import type { Settings } from "./besedka.ts";
import { wordsOn } from "./colour.ts";
import { h } from "./dom.ts";
import { drawDrafts } from "./drafts.ts";
import { Follow } from "./follow.ts";
import { Emitter } from "./events.ts";
import { backAt, isPast } from "./hours.ts";
import { Log } from "./log.ts";
import forms from "./forms.css?inline";
import type { FilesPart, Tray } from "./files.ts";
import type { FormPart, Kit } from "./form.ts";
import type { More } from "./more.ts";
import { showMessage } from "./messages.ts";
import { Panel } from "./panel.ts";
import type { Store } from "./store.ts";
import style from "./style.css?inline";
import { speak, type Say } from "./words.ts";

/** Without a socket (a proxy that forbids it) an open panel asks this often. */
const POLL_MS = 4_000;
const POLLED = 20;
const TICKET_MS = 20_000;
/** How long a page has to vouch for its visitor again; the server allows a little more. */
const GRACE_MS = 50_000;

export class Widget {
  readonly events = new Emitter();
  #api: Api;
  #store: Store;
  #theme: string;
  #resume: string;
  #host = h("div");
  #sheet = new CSSStyleSheet();
  #viewport = new CSSStyleSheet();
  #panel!: Panel;
  #say!: Say;
  #config!: Config;
  #session: Promise<Session> | undefined;
  #ticket = { value: "", until: 0 };
  #connection: Connection;
  #talk: Conversation | undefined;
  #log = new Log();
  #early: (() => void)[] | undefined = [];
  #formed: Promise<void> | undefined;
  #unread = 0;
  #note = "";
  #asked = false;
  #state = "";
  #told = 0;
  #warned = false;
  #calling = false;
  #tray: Tray | undefined;
  #follow!: Follow;

  constructor(api: Api, store: Store, theme: string, resume: string) {
    this.#api = api;
    this.#store = store;
    this.#theme = theme;
    this.#resume = resume;
    api.visitor = store.kept.visitor ?? "";
    this.#connection = this.#connect();
  }

  #connect(): Connection {
    const made = new Connection({ address: () => this.#address(), renews: true });
    // People have begun a dialog with the visitor: it is shown in place of the one before.
    made.stream("dialog", ({ chat }) => {
      if (chat && chat !== this.#talk?.chat) void this.#enter().then((session) => this.#follows(session), () => undefined);
    });
    return made;
  }

  async start(): Promise<void> {
    // A returning visitor's session brings the configuration along.
    const known = this.#api.visitor || this.#resume ? await this.#enter().catch(() => undefined) : undefined;
    this.#config = known?.config ?? (await this.#api.config());
    this.#build();
    this.#wire();
    if (known) this.#begin(known);
    if (this.#store.kept.open) this.open(false);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const each of early) each();
    this.events.tell("ready", undefined);
  }

  /** Does something once the widget is there. */
  later(deed: () => void): void {
    if (this.#early) this.#early.push(deed);
    else deed();
  }

  toggle(): void {
    if (this.#open) this.close();
    else this.open();
  }

  async identify(token: string): Promise<void> {
    await this.#there();
    await this.#ready();
    const session = await this.#asVisitor(() => this.#api.send<Session>("/identity", { token }));
    // The same person again goes on.
    if (this.#isHere(session)) this.#took(session);
    else this.#switch(session);
  }

  async reset(): Promise<void> {
    await this.#there();
    if (this.#api.visitor) await this.#api.call("DELETE", "/session").catch(() => undefined);
    await this.#forget();
  }

  async #forget(): Promise<void> {
    this.#clear();
    this.#switch(undefined);
    if (this.#open) await this.#ready().then(() => this.#draw());
  }

  /** For how long the site still vouches for its visitor; where it does not, they stay. */
  get #left(): number {
    return (this.#store.kept.until || Infinity) - Date.now();
  }

  /** Nothing of whom the site named stays in this browser. */
  #clear(): void {
    this.#api.visitor = "";
    this.#store.clear();
    if (this.#panel) this.#panel.input.value = "";
  }

  /** Whether a session is of the visitor and the conversation that are shown. */
  #isHere({ contact, chat }: Session): boolean {
    return this.#talk?.replica.me === contact && this.#talk.chat === (chat ?? "");
  }

  /** What is new in a conversation that came by itself is not read yet. */
  #follows(session: Session): void {
    if (this.#talk && !this.#isHere(session)) this.#switch(session, -1);
  }

  async set({ locale, theme, attributes }: Settings): Promise<void> {
    await this.#there();
    if (theme !== undefined) this.#theme = theme;
    if (locale && locale !== this.#api.locale) {
      this.#api.locale = locale;
      this.#config = await this.#api.config();
      const open = this.#open;
      this.#build();
      if (open) this.open(false);
      this.#draw();
    } else this.#paint();
    if (attributes) {
      await this.#ready();
      await this.#asVisitor(() => this.#api.send("/attributes", { attributes }));
    }
  }

  #there(): Promise<void> {
    return new Promise((done) => this.later(done));
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
    this.#follow.toNewest();
    this.events.tell("open", undefined);
    this.#fit();
    void this.#ready().then(() => this.#draw(), () => this.#fail());
  }

  close(): void {
    if (!this.#open) return;
    this.#panel.panel.hidden = true;
    this.#panel.bubble.hidden = false;
    this.#host.toggleAttribute("data-open", false);
    this.#store.save({ open: false });
    this.#panel.bubble.focus();
    this.events.tell("close", undefined);
  }

  /** Opens the panel and asks, as if the visitor had written it; what they are writing stays. */
  ask(words: string): void {
    const body = words.trim();
    if (!body || !this.#panel) return;
    this.open();
    this.#deliver(body, () => undefined);
  }

  #paint(): void {
    const { accent, position } = this.#config;
    const scheme = /^(light|dark)$/.test(this.#theme) ? `color-scheme:${this.#theme};` : "";
    this.#sheet.replaceSync(`${style}${forms}.all{--a:${accent};--on:${wordsOn(accent)};${scheme}}`);
    const backwards = getComputedStyle(document.documentElement).direction === "rtl";
    this.#host.toggleAttribute("data-left", backwards !== (position === "start"));
  }

  /** On a phone the keyboard covers a part of the screen: the panel is what is left. */
  #fit = (): void => {
    const { height, offsetTop } = window.visualViewport ?? { height: 0, offsetTop: 0 };
    const rule = height ? `@media(width<480px){.panel{block-size:${height}px;inset-block:${offsetTop}px auto}}` : "";
    if (this.#open) this.#viewport.replaceSync(rule);
  };

  #build(): void {
    const { name, launcher, locale, texts } = this.#config;
    this.#say = speak(locale || this.#api.locale, texts);
    this.#host.remove();
    this.#host = h("div");
    this.#log = new Log();
    this.#paint();
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [this.#sheet, this.#viewport];
    this.#panel = new Panel(name, launcher, this.#say, {
      toggle: () => this.open(),
      more: () => void this.#more().then((more) => more.showSettings(this.#kit())),
      close: () => this.close(),
      send: () => this.#send(),
      person: () => void this.#callPerson(),
      attach: this.#config.files ? (files) => void this.#attach(files) : undefined,
      typing: () => {
        this.#store.save({ draft: this.#panel.input.value });
        this.#talk?.typing();
      },
    });
    this.#panel.input.value = this.#store.kept.draft ?? "";
    this.#host.lang = locale || this.#api.locale;
    this.#host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open) return;
      event.stopPropagation();
      if (this.#panel.sheet.hidden) this.close();
      else this.#panel.hidePassage();
    });
    root.append(this.#panel.all);
    document.body.append(this.#host);
    this.#follow = new Follow(this.#panel);
    this.#tray?.add([]);
    this.#draw();
  }

  #wire(): void {
    document.addEventListener("visibilitychange", () => this.#draw());
    window.visualViewport?.addEventListener("resize", this.#fit);
    window.visualViewport?.addEventListener("scroll", this.#fit);
    setInterval(() => this.#poll(), POLL_MS);
  }

  /** What few visitors need is loaded when the first of them does. */
  #load<T>(part: string): Promise<T> {
    return import(/* @vite-ignore */ `${this.#api.origin}/widget-${part}.js`) as Promise<T>;
  }

  #more(): Promise<More> {
    return this.#load("more");
  }

  async #attach(files: File[]): Promise<void> {
    try {
      await this.#ready();
      this.#tray ??= (await this.#load<FilesPart>("files")).openTray(() => this.#kit());
      this.#tray.add(files);
    } catch {
      this.#fail();
    }
  }

  #kit(): Kit {
    const { slot, footer } = this.#panel;
    return {
      api: this.#api,
      config: this.#config,
      store: this.#store,
      slot,
      footer,
      failed: this.#say("failed"),
      note: (words) => {
        this.#note = words;
        this.#drawState();
      },
      show: (title, nodes) => this.#panel.showPassage(title, nodes),
      showing: () => !this.#panel.sheet.hidden,
      call: (deed) => this.#asVisitor(deed),
      waits: () => this.#open && !document.hidden && this.#waits,
      moved: () => this.#follow.toNewest(),
      place: () => this.#follow.place(),
      send: () => this.#send(),
    };
  }

  /** Whether the visitor waits for a person who has not come yet. */
  get #waits(): boolean {
    const { state, assignee } = this.#talk?.replica.info ?? {};
    return state === "open" && !assignee;
  }

  /** Everything of the visitor before goes; what the new session has comes, if there is one. */
  #switch(session: Session | undefined, told = 0): void {
    this.#talk?.close();
    this.#connection.stop();
    this.#connection = this.#connect();
    this.#talk = undefined;
    this.#session = undefined;
    this.#formed = undefined;
    this.#told = told;
    this.#panel.slot.replaceChildren();
    this.#tray?.clear();
    this.#panel.footer.hidden = false;
    this.#note = "";
    this.#ticket.until = 0;
    if (session) {
      this.#took(session);
      if (!told) this.#store.save({ read: session.messages.at(-1)?.seq ?? 0 });
      this.#begin(session);
    }
    this.#draw();
  }

  /** Begins or continues this visitor's session with the server. */
  async #enter(): Promise<Session> {
    if (this.#left < 0) this.#clear();
    const session = await this.#api.session(this.#resume);
    this.#resume = "";
    this.#took(session);
    return session;
  }

  #took(session: Session): void {
    if (this.#config) this.#config.hours = session.config.hours;
    const { visitor, chat, lasts } = session;
    this.#api.visitor = visitor;
    const { kept } = this.#store;
    if (chat && kept.chat && chat !== kept.chat) kept.read = 0;
    this.#warned = false;
    this.#store.save({ visitor, chat: chat ?? "", until: lasts == null ? 0 : Date.now() + lasts * 1000 + GRACE_MS });
    this.#ticket = { value: session.ticket, until: Date.now() + TICKET_MS };
  }

  async #address(): Promise<string> {
    if (this.#ticket.until < Date.now()) this.#follows(await this.#enter());
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
    talk.replica.info = { state: session.state ?? "", assignee: session.assignee };
    const page = { messages: session.messages, more: false };
    if (talk.chat) void talk.open(page);
    this.#connection.start();
    const kept = this.#store.kept.outbox ?? [];
    if (session.needs_form) void this.#form();
    talk.restore(kept.map((each) => ({ ...each, visibility: "public", state: "sending" })));
    return talk;
  }

  async #page(after: number): Promise<Page> {
    return { messages: await this.#api.messages(after), more: false };
  }

  #fail(): void {
    this.#panel.line.textContent = this.#say("failed");
  }

  /** Shows the form before the first message; resolves when it is filled in or skipped. */
  #form(): Promise<void> {
    const { footer } = this.#panel;
    footer.hidden = true;
    this.#formed ??= this.#load<FormPart>("form")
      .then((part) => part.askFirst(this.#kit()))
      .then(() => {
        footer.hidden = false;
        if (this.#open) this.#panel.input.focus();
      }, (error: unknown) => {
        this.#formed = undefined;
        throw error;
      });
    this.#formed.catch(() => this.#fail());
    return this.#formed;
  }

  /** Calls the server; what it wants first is done, once: a new session, the form, the puzzle. */
  async #asVisitor<T>(call: () => Promise<T>): Promise<T> {
    return call().catch(async (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      if (error.status === 401 && this.#store.kept.until) {
        // Nobody vouches for them any more: what they wrote is nobody else's.
        await this.#forget();
        throw error;
      } else if (error.status === 401) await this.#enter();
      else if (error.code === "form_required") await this.#form();
      else if (error.code === "proof_needed") await (await this.#more()).prove(this.#api, error.params);
      else throw error;
      return call();
    });
  }

  async #post(draft: Pending): Promise<Awaited<ReturnType<Api["post"]>>> {
    const stored = await this.#asVisitor(() => this.#api.post(draft.key, draft.body, draft.extra?.["attachments"] as string[]));
    await this.#found(stored.chat);
    return stored;
  }

  /** The server made the conversation: from here on it is followed. */
  async #found(chat: string): Promise<void> {
    const talk = this.#talk as Conversation;
    if (talk.chat) return;
    talk.chat = chat;
    this.#store.save({ chat });
    await talk.open({ messages: [], more: false });
  }

  #send(): void {
    const { input } = this.#panel;
    const body = input.value.trim();
    const extra = this.#tray?.take();
    // Files are on their way: this is called again when they are there.
    if (extra === null || !(body || extra)) return;
    input.value = "";
    this.#store.save({ draft: "" });
    this.#deliver(body, () => {
      // Nobody answered: what was written goes back where it can be sent from again.
      input.value = input.value ? `${body}\n${input.value}` : body;
      this.#store.save({ draft: input.value });
    }, extra);
  }

  #deliver(body: string, failed: () => void, extra?: Record<string, unknown>): void {
    const send = (talk: Conversation): void => {
      talk.send(body, "public", extra);
      this.#follow.toNewest();
    };
    void this.#ready().then(send, () => {
      failed();
      this.#fail();
    });
  }

  async #callPerson(): Promise<void> {
    if (this.#panel.person.ariaDisabled) return;
    this.#calling = true;
    this.#drawState();
    const called = await this.#ready()
      .then(async (talk) => {
        const { chat, state } = await this.#asVisitor(() => this.#api.person());
        talk.replica.info["state"] = state;
        await this.#found(chat);
        return true;
      })
      .catch(() => false);
    this.#calling = false;
    this.#draw();
    if (!called) this.#fail();
  }

  async #cite(citation: Citation): Promise<void> {
    await this.#more().then((more) => more.cite(this.#kit(), citation)).catch(() => this.#fail());
  }

  #poll(): void {
    if (this.#left < 0) void this.#forget();
    else if (this.#left < GRACE_MS && !this.#warned) {
      this.#warned = true;
      this.events.tell("expired", undefined);
    }
    const talk = this.#talk;
    const { hours } = this.#config;
    // People have come or gone: what is said of them is asked for again.
    if (this.#open && hours && isPast(hours)) {
      void this.#api.config().then((config) => {
        this.#config.hours = config.hours;
        this.#drawState();
      }, () => undefined);
    }
    if (!talk?.chat || talk.link === "live" || !this.#open || document.hidden) return;
    // What was said lately is read again: it may have been edited or deleted.
    this.#page(Math.max(0, talk.replica.newest - POLLED)).then(({ messages }) => {
      for (const message of messages) talk.replica.put(message);
      if (messages.length) this.#draw();
    }, () => undefined);
  }

  #draw(): void {
    if (!this.#panel) return;
    const streamed = this.#panel.drafts.childElementCount > 0;
    const newest = this.#panel.log.lastElementChild;
    this.#drawLog();
    drawDrafts(this.#panel, this.#talk?.replica, this.#say, this.#config.name);
    this.#drawState();
    if (!streamed && newest !== this.#panel.log.lastElementChild) this.#follow.grew();
    this.#follow.place();
  }

  #drawLog(): void {
    const { greeting, name } = this.#config;
    const retry = (key: string): void => this.#talk?.retry(key);
    this.#log.draw(this.#panel.log, this.#talk?.replica, this.#say, { greeting, name, retry, show: (message) => this.#shown(message) });
  }

  #shown(message: Message): HTMLElement {
    const made = showMessage(message, this.#say, (each) => void this.#cite(each));
    const files = made.querySelector<HTMLElement>(".files");
    if (files) void this.#load<FilesPart>("files").then((part) => part.showFiles(this.#kit(), message, files)).catch(() => undefined);
    return made;
  }

  #drawState(): void {
    const { badge, bubble, line, person } = this.#panel;
    const replica = this.#talk?.replica;
    const cut = this.#talk?.chat && this.#talk.link === "offline";
    const words = cut ? this.#say("offline") : [this.#waits && this.#note, backAt(this.#config, this.#say)].filter(Boolean).join(" · ");
    if (line.textContent !== words) line.textContent = words;
    const { state = "", assignee } = (replica?.info ?? {}) as { state?: string; assignee?: Sender };
    // Whoever waited for a person does so no more.
    if (!this.#waits) this.#panel.slot.querySelector(".leave")?.remove();
    if (state !== this.#state) {
      this.#state = state;
      if (state === "open") this.events.tell("handoff", undefined);
      if (state === "resolved") this.events.tell("resolved", undefined);
      else this.#panel.slot.querySelector(".rate")?.remove();
      this.#asked = false;
    }
    if (this.#config.rating && this.#open && state === "resolved" && !this.#asked) {
      this.#asked = true;
      const rated = (score: number): void => this.events.tell("rated", { score });
      void this.#more().then((more) => more.rate(this.#kit(), rated)).catch(() => (this.#asked = false));
    }
    // Waiting: the place in the queue, and where the answer may go.
    if (this.#open && this.#waits) void this.#more().then((more) => more.wait(this.#kit()), () => undefined);
    const called = this.#calling || state === "open";
    // Not `disabled`, which would drop the focus of whoever pressed it.
    if (called) person.setAttribute("aria-disabled", "true");
    else person.removeAttribute("aria-disabled");
    person.textContent = this.#say(called ? "called" : "person");
    // With somebody there it is no use, and nobody comes any more.
    const joined = state === "open" && !!assignee;
    if (joined && person.matches(":focus")) this.#panel.input.focus();
    person.hidden = joined;
    const theirs = replica?.messages.filter((each) => each.sender.id !== replica.me && !each.deleted_at) ?? [];
    const newest = theirs.at(-1);
    if (this.#open && !document.hidden && replica) {
      if (replica.newest > (this.#store.kept.read ?? 0)) this.#store.save({ read: replica.newest });
      if (this.#talk?.link === "live") this.#talk.markRead();
    }
    const count = theirs.filter((each) => each.seq > (this.#store.kept.read ?? 0)).length;
    badge.hidden = count === 0;
    badge.textContent = String(Math.min(count, 99));
    if (count !== this.#unread) {
      this.#unread = count;
      this.events.tell("unread", { count });
    }
    bubble.setAttribute("aria-label", this.#say("open") + (count ? `, ${this.#say("unread", { n: count })}` : ""));
    if (newest && newest.seq > this.#told) {
      if (this.#told) {
        this.events.tell("message", { text: newest.body, from: newest.sender.name });
        if (this.#store.kept.sound) void this.#more().then((more) => more.ring(), () => undefined);
      }
      this.#told = newest.seq;
    }
    const pending = replica?.pending ?? [];
    if (pending.length !== (this.#store.kept.outbox?.length ?? 0)) {
      this.#store.save({ outbox: pending.map(({ key, body, at, extra }) => ({ key, body, at, extra })) });
    }
  }
}
