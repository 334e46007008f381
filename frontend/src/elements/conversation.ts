/** `<bsd-conversation chat mode mine readonly hint passages>`: a conversation, live, with its composer.

    Says `bsd-changed` (bubbling) when the conversation's own state has changed, so that a page can refresh its header. */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Conversation, type Source } from "../core/conversation.ts";
import { discard, isReading, readOlder } from "../core/history.ts";
import type { Message, Page, Pending, Sender } from "../core/types.ts";
import { actorId, api, list, locale } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";
import { ask } from "../page/ask.ts";
import "./composer.ts";
import type { Composer, Task, Written } from "./composer.ts";
import type { Copilot } from "./copilot.ts";
import { icon } from "./icons.ts";
import { contentOf, nameOf, showDraft, showMessage, showPending, type Deed, type Deeds, type Look, type Mode } from "./message.ts";
import { openPassage } from "./passage.ts";
import { toast } from "./toast.ts";

const PAGE = 50;
const GROUP_MS = 5 * 60_000;
const NEAR_END = 80;

class ConversationElement extends LitElement {
  static override properties = {
    chat: { type: String },
    mode: { type: String },
    readonly: { type: Boolean },
    hint: { type: String },
    mine: { type: Boolean },
    passages: { type: String },
    problem: { state: true },
    unseen: { state: true },
    menu: { state: true },
    editing: { state: true },
    replying: { state: true },
    task: { state: true },
  };

  declare chat: string;
  declare mode: Mode;
  declare readonly: boolean;
  declare hint: string;
  /** In a dialog: I have it already, so a reply takes nothing over. */
  declare mine: boolean;
  declare passages: string;
  declare problem: string;
  declare unseen: number;
  /** The message whose actions are shown. */
  declare menu: number;
  declare editing: Message | undefined;
  declare replying: Message | undefined;
  declare task: Task | undefined;

  #talk: Conversation | undefined;
  #contents = new Map<string, HTMLElement>();
  /** The names of the files that go with messages which the server has not confirmed. */
  #files = new Map<string, string[]>();
  #atEnd = true;
  #anchor = 0;
  #state = "";
  #saving = false;
  #watch: IntersectionObserver | undefined;

  constructor() {
    super();
    this.chat = "";
    this.mode = "chat";
    this.readonly = false;
    this.hint = "";
    this.mine = false;
    this.passages = "";
    this.problem = "";
    this.unseen = 0;
    this.menu = 0;
    this.editing = undefined;
    this.replying = undefined;
    this.task = undefined;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#seen);
    this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#seen);
    this.#watch?.disconnect();
    this.#talk?.close();
  }

  #open(): void {
    if (this.mode === "dialog" && !this.readonly) void import("./copilot.ts");
    this.#talk = new Conversation(this.chat, actorId(), connection(), this.#source(), () => this.requestUpdate());
    this.#talk.open().catch((error: Error) => {
      this.problem = error.message || say("offline");
    });
  }

  #source(): Source {
    const chat = `/chats/${this.chat}`;
    const read = async (query: string): Promise<Page> => {
      const { rows, more } = await list<Message>(query);
      return { messages: rows, more };
    };
    return {
      page: (before) => read(`${chat}/messages?limit=${PAGE}${before ? `&before_seq=${before}` : ""}`),
      changes: (since) => read(`${chat}/changes?since_mod=${since}`),
      post: (draft) => this.#post(draft),
    };
  }

  /** A reply takes the dialog over, so it goes through the inbox; a chat's message goes to the chat. */
  #post({ key, body, visibility, extra }: Pending): Promise<Message> {
    if (this.mode === "dialog") {
      // Whose the dialog is now is known with the answer, whatever the socket tells and when.
      return api<Message>("POST", `/dialogs/${this.chat}/reply`, { key, body, visibility, ...extra }).finally(() =>
        this.#tellPage());
    }
    return api("POST", `/chats/${this.chat}/messages`, { key, body, ...extra });
  }

  get #scroller(): HTMLElement {
    return this.querySelector(".talk") as HTMLElement;
  }

  override firstUpdated(): void {
    this.#watch = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.#older();
    }, { root: this.#scroller, rootMargin: "400px 0px 0px" });
    this.#watch.observe(this.querySelector(".talk__older") as Element);
  }

  async #older(): Promise<void> {
    if (!this.#talk?.replica.messages.length) return;
    this.#anchor = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    await readOlder(this.#talk).catch(() => undefined);
  }

  protected override willUpdate(): void {
    const count = this.#talk?.replica.messages.length ?? 0;
    if (this.#atEnd || !count) this.unseen = 0;
  }

  protected override updated(_: PropertyValues): void {
    const scroller = this.#scroller;
    if (this.#anchor && !isReading(this.#talk)) {
      scroller.scrollTop = scroller.scrollHeight - this.#anchor;
      this.#anchor = 0;
    } else if (this.#atEnd) {
      scroller.scrollTop = scroller.scrollHeight;
    }
    this.#seen();
    this.#announce();
  }

  #announce(): void {
    const { state, assignee } = this.#talk?.replica.info ?? {};
    const now = JSON.stringify([state, assignee]);
    if (state !== undefined && now !== this.#state) {
      this.#state = now;
      this.mine = state === "open" && (assignee as Sender | null)?.id === actorId();
      this.#tellPage({ state, assignee });
    }
  }

  #tellPage(detail?: { state: unknown; assignee: unknown }): void {
    this.dispatchEvent(new CustomEvent("bsd-changed", { bubbles: true, detail }));
  }

  #seen = (): void => {
    if (this.#atEnd && !document.hidden && this.#talk?.link === "live") this.#talk.markRead();
  };

  #scrolled(): void {
    const scroller = this.#scroller;
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    this.unseen = atEnd ? 0 : (this.#talk?.replica.newest ?? 0);
    this.#seen();
  }

  #toEnd(): void {
    this.#atEnd = true;
    this.unseen = 0;
    this.requestUpdate();
  }

  #send(event: CustomEvent<Written>): void {
    if (this.editing) {
      void this.#edit(this.editing, event.detail.body);
      return;
    }
    const { body, visibility, files } = event.detail;
    const reply = this.replying && { reply_seq: this.replying.seq };
    const extra = files.ids.length ? { ...reply, attachments: files.ids } : reply;
    const draft = this.#talk?.send(body, visibility, extra);
    if (draft && files.names.length) this.#files.set(draft.key, files.names);
    this.#begin(undefined);
    this.#toEnd();
  }

  /** Changes a message; refused words stay in the field, to be sent once more or given up. */
  async #edit(message: Message, body: string): Promise<void> {
    if (this.#saving) return;
    this.#saving = true;
    try {
      this.#take(await api<Message>("PATCH", `/messages/${message.id}`, { body, mod: this.#known(message).mod }));
      this.#begin(undefined);
    } catch (error) {
      toast((error as Error).message || say("failed"), "bad");
    } finally {
      this.#saving = false;
    }
  }

  /** The message as it is now. */
  #known(message: Message): Message {
    return this.#talk?.replica.messages.find((each) => each.seq === message.seq) ?? message;
  }

  #begin(edit: Message | undefined): void {
    this.editing = edit;
    this.replying = undefined;
    this.task = edit && { icon: "edit", words: say("editing"), body: edit.body };
  }

  /** A reply to a note is a note, too. */
  #reply(to: Message): void {
    const composer = this.querySelector<Composer>("bsd-composer");
    if (composer && to.visibility === "internal") composer.internal = true;
    this.editing = undefined;
    this.replying = to;
    this.task = { icon: "quote", words: `${nameOf(to.sender, actorId())}: ${to.body.slice(0, 200) || (to.attachments?.[0]?.name ?? "")}` };
  }

  #change(method: string, path: string): void {
    this.menu = 0;
    api<Message>(method, path).then(
      (changed) => this.#take(changed),
      (error: Error) => toast(error.message || say("failed"), "bad"),
    );
  }

  #react(message: Message, emoji: string): void {
    const mine = message.reactions?.find((each) => each.emoji === emoji)?.actors.includes(actorId());
    this.#change(mine ? "DELETE" : "PUT", `/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`);
  }

  /** Goes to a message that is loaded, and marks it for a moment. */
  #find(seq: number): void {
    const row = this.querySelector(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.animate([{ opacity: 0.3 }, { opacity: 1 }], 900);
  }

  async #remove(message: Message): Promise<void> {
    if (!(await ask(say("delete_sure")))) return;
    await api("DELETE", `/messages/${message.id}`).catch((error: Error) => toast(error.message || say("failed"), "bad"));
  }

  async #copy(message: Message): Promise<void> {
    await navigator.clipboard.writeText(message.body);
    toast(say("copied"));
  }

  #take(message: Message): void {
    this.#talk?.replica.put(message);
    this.requestUpdate();
  }

  #deeds(message: Message): Deeds | undefined {
    if (this.readonly || message.deleted_at || message.kind !== "text") return undefined;
    const mine = message.sender.id === actorId();
    const pin = message.pinned_at ? "DELETE" : "PUT";
    const list: Deed[] = [
      { icon: "quote", words: "answer", run: () => this.#reply(message) },
      { icon: "copy", words: "copy", run: () => void this.#copy(message) },
      { icon: "pin", words: message.pinned_at ? "unpin" : "pin", run: () => this.#change(pin, `/messages/${message.id}/pin`) },
    ];
    const copilot = this.querySelector<Copilot>("bsd-copilot");
    if (copilot?.model && !mine) {
      list.push({ icon: "globe", words: "translate", run: () => void copilot.interpret(message.body) });
    }
    if (mine) {
      list.push(
        { icon: "edit", words: "edit", run: () => this.#begin(message) },
        { icon: "trash", words: "delete", bad: true, run: () => void this.#remove(message) },
      );
    }
    const close = (deed: Deed): Deed => ({ ...deed, run: () => { this.menu = 0; deed.run(); } });
    const open = this.menu === message.seq;
    return { open, toggle: () => (this.menu = open ? 0 : message.seq), list: list.map(close), react: (emoji) => this.#react(message, emoji) };
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.menu) return;
    this.menu = 0;
    (event.target as Element).closest(".msg")?.querySelector<HTMLElement>(".msg__more")?.focus();
  }

  #content(message: Message, look: Look): HTMLElement {
    const id = `${message.seq}.${message.mod}`;
    const known = this.#contents.get(id) ?? contentOf(message, look);
    this.#contents.set(id, known);
    return known;
  }

  #row(message: Message, before: Message | undefined): TemplateResult {
    const day = new Date(message.created_at).toDateString();
    const newDay = !before || new Date(before.created_at).toDateString() !== day;
    const pause = before ? Date.parse(message.created_at) - Date.parse(before.created_at) : Infinity;
    const first =
      newDay ||
      before.sender.id !== message.sender.id ||
      before.visibility !== message.visibility ||
      before.kind !== message.kind ||
      pause > GROUP_MS;
    const look: Look = {
      mode: this.mode,
      me: actorId(),
      first,
      cite: (citation) => void openPassage(citation, this.passages),
      find: (seq) => this.#find(seq),
      deeds: this.#deeds(message),
    };
    return html`${newDay ? html`<div class="day">${dayName(message.created_at)}</div>` : nothing}
      ${showMessage(message, this.#content(message, look), look)}`;
  }

  #line(): string {
    // Colleagues who type in a dialog are shown at its head; a visitor's socket has no name.
    const typists = [...(this.#talk?.replica.typing.values() ?? [])].filter(
      (each) => each.until > Date.now() && !(this.mode === "dialog" && each.name),
    );
    const name = typists[0]?.name || say("visitor");
    return typists.length ? say("typing", { name }) : "";
  }

  #cut(): TemplateResult | typeof nothing {
    const link = this.#talk?.link;
    const words = this.#talk?.replica.gone ? say("gone") : link === "closed" ? say("ended") : link === "offline" ? say("cut") : "";
    return words ? html`<div class="cut" role="status">${icon("alert")}<span>${words}</span></div>` : nothing;
  }

  override render(): TemplateResult {
    const replica = this.#talk?.replica;
    const messages = replica?.messages ?? [];
    const rows = messages.map((message, at) => ({ message, before: messages[at - 1] }));
    const behind = this.unseen && (replica?.newest ?? 0) > this.unseen;
    return html`${this.#cut()}
      <div class="talk" tabindex="0" @scroll=${this.#scrolled}>
        <div class="talk__older">${isReading(this.#talk) ? say("loading") : nothing}</div>
        <div class="talk__log" role="log" aria-live="polite" aria-label=${say("log")} @keydown=${this.#escape}>
          ${this.problem ? html`<div class="notice" role="alert">${this.problem}</div>` : nothing}
          ${repeat(rows, ({ message }) => message.seq, ({ message, before }) => this.#row(message, before))}
          ${repeat(replica?.unsent ?? [], (draft) => draft.key, (draft) =>
            showPending(draft, {
              retry: (extra) => this.#talk?.retry(draft.key, extra),
              discard: () => discard(this.#talk, draft.key),
            }, this.#files.get(draft.key)))}
        </div>
        <div aria-hidden="true">
          <div class="talk__log">${[...(replica?.drafts.values() ?? [])].map((draft) => showDraft(draft, this.mode))}</div>
        </div>
        <div class="talk__line" role="status">${this.#line()}</div>
        ${behind
          ? html`<div class="talk__new"><button type="button" class="btn btn--small" @click=${this.#toEnd}>${icon("down")}${say("newer")}</button></div>`
          : nothing}
      </div>
      ${this.readonly || replica?.gone
        ? nothing
        : html`${this.mode === "dialog" ? html`<bsd-copilot .chat=${this.chat}></bsd-copilot>` : nothing}<bsd-composer .chat=${this.chat} .notes=${this.mode === "dialog"} .hint=${this.mine ? say("write_mine") : this.hint} .task=${this.task}
            @bsd-cancel=${() => this.#begin(undefined)} @bsd-send=${this.#send} @bsd-typing=${() => this.#talk?.typing()}></bsd-composer>`}`;
  }
}

function dayName(moment: string): string {
  const day = new Date(moment);
  const today = new Date();
  const yesterday = new Date(today.getTime() - 86_400_000);
  if (day.toDateString() === today.toDateString()) return say("today");
  if (day.toDateString() === yesterday.toDateString()) return say("yesterday");
  const sameYear = day.getFullYear() === today.getFullYear();
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(day);
}

customElements.define("bsd-conversation", ConversationElement);
