/** `<bsd-interview home me company status words start shut>`: the interview, live. Without a script its forms stay as they are. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Replica } from "../core/replica.ts";
import type { Message, Pending } from "../core/types.ts";
import { icon } from "../elements/icons.ts";
import { contentOf, showMessage, showPending, type Look } from "../elements/message.ts";
import { toast } from "../elements/toast.ts";
import { act, drafts, read, type News, type State } from "./talk.ts";

const LOOK_MS = 4_000;
const PERSON_MS = 2_000;
const RETRY_MS = 3_000;
const NEAR_END = 60;

class InterviewElement extends LitElement {
  static override properties = { state: { state: true }, busy: { state: true }, lost: { state: true } };

  declare state: State;
  declare busy: boolean;
  declare lost: boolean;

  #replica = new Replica("");
  #words: Record<string, string> = {};
  #contents = new Map<string, HTMLElement>();
  #timer = 0;
  #shown = "";
  #atEnd = true;
  /** What is said is measured late, and a keyboard takes room: the end stays in view through both. */
  #grown = new ResizeObserver(() => this.#stick());

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    this.#words = JSON.parse(this.#given("words")) as Record<string, string>;
    this.#replica = new Replica(this.#given("me"));
    this.busy = false;
    this.lost = false;
    const start = JSON.parse(this.#given("start")) as News;
    this.replaceChildren();
    super.connectedCallback();
    this.#take(start);
    document.addEventListener("visibilitychange", this.#look);
    this.#wait();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#timer);
    this.#grown.disconnect();
  }

  #given(name: string): string {
    return this.getAttribute(name) ?? "";
  }

  #say(word: string, values: Record<string, string | number> = {}): string {
    return (this.#words[word] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  }

  /** The bot stands on the other side, as a speaker with a name. */
  #take({ state, messages }: News): void {
    const name = this.#say("bot", { company: this.#given("company") });
    for (const each of messages) {
      const isBot = each.sender.kind === "system";
      this.#replica.put(isBot ? { ...each, kind: "text", sender: { ...each.sender, kind: "assistant", name } } : each);
    }
    this.state = state;
    this.requestUpdate();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.state.over) return;
    this.#timer = window.setTimeout(this.#look, this.lost ? RETRY_MS : this.state.human ? PERSON_MS : LOOK_MS);
  }

  #look = async (): Promise<void> => {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.busy) {
      await this.#ask(() => read(this.#given("home"), this.#replica.newest));
    }
    if (this.isConnected) this.#wait();
  };

  /** Returns whether the server took it. A lost connection is tried again, a refusal is said. */
  async #ask(question: () => Promise<News>): Promise<boolean> {
    try {
      this.#take(await question());
      this.lost = false;
      return true;
    } catch (error) {
      const { retry, message } = error as { retry?: boolean; message: string };
      this.lost = retry !== false;
      if (retry === false) toast(message, "bad");
      return false;
    }
  }

  async #do(deed: string): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await this.#ask(() => act(this.#given("home"), deed, this.#replica.newest, { key: crypto.randomUUID() }));
    this.busy = false;
    this.#wait();
    await this.updateComplete;
    this.#field?.focus();
  }

  #send(words: string): void {
    const body = words.trim();
    if (!body || this.busy) return;
    const draft: Pending = { key: crypto.randomUUID(), body, visibility: "public", at: Date.now(), state: "sending" };
    this.#replica.pending.push(draft);
    void this.#deliver(draft);
  }

  /** The same key until the server has it: what was stored before a lost answer is not stored twice. */
  async #deliver(draft: Pending): Promise<void> {
    const place = this.#place;
    this.busy = true;
    draft.state = "sending";
    this.requestUpdate();
    const fields = { message: draft.body, key: draft.key };
    const taken = await this.#ask(() => act(this.#given("home"), "answer", this.#replica.newest, fields));
    this.busy = false;
    if (taken) {
      this.#replica.pending = this.#replica.pending.filter((each) => each !== draft);
      drafts.set(place, "");
    } else draft.state = "failed";
    if (taken && this.#field) this.#field.value = drafts.get(this.#place);
    this.requestUpdate();
    this.#wait();
    await this.updateComplete;
    this.#field?.focus();
    if (!taken && this.lost) setTimeout(() => this.#again(draft), RETRY_MS);
  }

  #again(draft: Pending): void {
    if (this.isConnected && draft.state === "failed" && this.#replica.pending.includes(draft)) void this.#deliver(draft);
  }

  #discard(draft: Pending): void {
    this.#replica.pending = this.#replica.pending.filter((each) => each !== draft);
    this.requestUpdate();
  }

  get #place(): string {
    return `${this.#given("home")}:${this.state.human ? "person" : this.state.key}`;
  }

  get #field(): HTMLInputElement | HTMLTextAreaElement | null {
    return this.querySelector(".interview__field");
  }

  #typed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send((event.target as HTMLTextAreaElement).value);
  }

  protected override updated(): void {
    const field = this.#field;
    if (field && field.dataset["place"] !== this.#place) {
      field.dataset["place"] = this.#place;
      field.value = drafts.get(this.#place);
    }
    const now = `${this.#replica.newest}:${this.#replica.pending.length}:${this.state.step}`;
    if (now === this.#shown) return;
    this.#shown = now;
    this.#atEnd = true;
    this.#stick();
  }

  protected override firstUpdated(): void {
    for (const each of this.querySelectorAll(".talk, .talk__log")) this.#grown.observe(each);
  }

  #scrolled = (event: Event): void => {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget as HTMLElement;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
  };

  #stick(): void {
    const scroller = this.querySelector(".talk");
    if (scroller && this.#atEnd) scroller.scrollTop = scroller.scrollHeight;
  }

  #content(message: Message, look: Look): HTMLElement {
    const known = this.#contents.get(`${message.id}:${message.mod}`);
    if (known) return known;
    const made = contentOf(message, look);
    this.#contents.set(`${message.id}:${message.mod}`, made);
    return made;
  }

  protected override render(): TemplateResult {
    const { messages, unsent, me } = this.#replica;
    const look: Look = { mode: "chat", me, first: true, cite: () => undefined, find: () => undefined };
    return html`${this.#progress()}
      <div class="talk" tabindex="0" role="log" aria-label=${this.#say("log")} @scroll=${this.#scrolled}><div class="talk__log">
        ${repeat(messages, ({ id }) => id, (each) => showMessage(each, this.#content(each, look), look))}
        ${unsent.map((each) => showPending(each, { retry: () => this.#again(each), discard: () => this.#discard(each) }))}
      </div></div>
      <div class="interview__foot">${this.lost ? html`<p class="interview__lost" role="status">${icon("alert")}${this.#say("lost")}</p>` : nothing}${this.#foot()}</div>`;
  }

  #progress(): TemplateResult | typeof nothing {
    const { at, of, over, fresh, human, question } = this.state;
    if (fresh || over || human) return nothing;
    const isAsked = this.#replica.messages.at(-1)?.sender.kind === "assistant";
    const words = this.#say("progress", { at, of }) + (isAsked || !question ? "" : `: ${question}`);
    return html`<div class="interview__progress progress"><div class="progress__line"><span>${words}</span></div>
      <progress value=${at - 1} max=${of} aria-label=${words}></progress></div>`;
  }

  #foot(): TemplateResult | typeof nothing {
    const { over, paused, fresh, human, options, kind } = this.state;
    if (this.hasAttribute("shut")) return nothing;
    if (over) {
      return html`<p class="interview__end" role="status">${icon("check")}<span>${this.#say(this.state.step === "withdrawn" ? "withdrawn" : "over")}</span></p>
        <a class="btn btn--primary" href=${this.#given("status")}>${this.#say("status")}</a>`;
    }
    if (paused || fresh) {
      return html`${paused ? html`<p role="status">${this.#say("paused")}</p>` : nothing}
        <button type="button" class="btn btn--primary" ?disabled=${this.busy} @click=${() => this.#do("begin")}>${icon("play")}<span>${this.#say("resume")}</span></button>`;
    }
    return html`${human ? html`<p role="status">${this.#say("human")}</p>` : nothing}
      ${options.length ? this.#choices(options) : nothing}${kind === "choice" ? nothing : this.#writing()}
      ${human ? nothing : html`<div class="buttons interview__aside">
        <button type="button" class="btn btn--quiet btn--small" ?disabled=${this.busy} @click=${() => this.#do("person")}>${icon("hand")}<span>${this.#say("person")}</span></button>
        <button type="button" class="btn btn--quiet btn--small" ?disabled=${this.busy} @click=${() => this.#do("pause")}>${icon("pause")}<span>${this.#say("pause")}</span></button>
      </div>`}`;
  }

  #choices(options: string[]): TemplateResult {
    return html`<div class="interview__choices" role="group" aria-label=${this.#say("choose")}>
      ${options.map((each) => html`<button type="button" class="btn" ?disabled=${this.busy} @click=${() => this.#send(each)}>${each}</button>`)}
    </div>`;
  }

  #writing(): TemplateResult {
    const number = this.state.kind === "number";
    const label = this.#say(number ? "number" : "write");
    const keep = (event: Event): void => drafts.set(this.#place, (event.target as HTMLInputElement).value);
    const field = number
      ? html`<input class="input interview__field" type="text" inputmode="decimal" autocomplete="off" maxlength="40" aria-label=${label} placeholder=${label} @input=${keep} @keydown=${this.#typed}>`
      : html`<textarea class="input interview__field" rows="2" maxlength="4000" aria-label=${label} placeholder=${label} @input=${keep} @keydown=${this.#typed}></textarea>`;
    const send = (event: Event): void => {
      event.preventDefault();
      this.#send(this.#field?.value ?? "");
    };
    return html`<form class="interview__write" @submit=${send}>${field}
      <button class="btn btn--primary btn--icon" ?disabled=${this.busy} title=${this.#say("send")}>${icon("send")}<span class="sr-only">${this.#say("send")}</span></button></form>`;
  }
}

customElements.define("bsd-interview", InterviewElement);
