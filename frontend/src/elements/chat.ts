/** `<bsd-chat chat path>`: a chat with a model. The server renders what was said; this asks, and shows answers while they are written.

    An answer comes as finished blocks, each shown once, and the unfinished one. A connection that breaks goes on where it was,
    and so does a page that is loaded anew, or the same chat in another tab. */
import { fromServer } from "../core/html.ts";
import type { Frame } from "../core/types.ts";
import { api, basePath, csrfToken, problemOf } from "../page/api.ts";
import { chatSay } from "../page/chatwords.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";
import { enrich } from "../rich/rich.ts";
import "./asker.ts";
import type { Asker } from "./asker.ts";
import type { Written } from "./composer.ts";
import { Growing, thinking } from "./growing.ts";
import { toast } from "./toast.ts";

const NEAR_END = 80;

interface Begun {
  chat: string;
  question_seq: number;
}

class Chat extends HTMLElement {
  #asker!: Asker;
  #talk!: HTMLElement;
  #turns!: HTMLElement;
  #source: EventSource | undefined;
  /** The answer that is being written. */
  #answer: Growing | undefined;
  /** The question that is asked anew. */
  #editing: HTMLElement | undefined;
  /** What stands in a chat without a word. */
  #hello: Element | undefined;
  #asking = false;
  #atEnd = true;
  #leave: (() => void) | undefined;
  #grown = new ResizeObserver(() => this.#stick());

  get #chat(): string {
    return this.getAttribute("chat") ?? "";
  }

  get #path(): string {
    return `${basePath()}${this.getAttribute("path") ?? ""}`;
  }

  connectedCallback(): void {
    this.#talk = this.querySelector(".talk") as HTMLElement;
    this.#turns = this.querySelector("[data-turns]") as HTMLElement;
    this.#asker = document.createElement("bsd-asker") as Asker;
    this.#asker.chat = this.#chat;
    this.#asker.model = this.getAttribute("model") ?? "";
    this.#asker.addEventListener("bsd-ask", (event) => void this.#ask((event as CustomEvent<Written>).detail));
    this.#asker.addEventListener("bsd-stop", () => this.#stop());
    this.#asker.addEventListener("bsd-cancel", () => this.#edit(undefined));
    this.append(this.#asker);
    this.#turns.addEventListener("click", (event) => void this.#pressed(event.target as Element));
    this.#talk.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#asker.busy && !this.#asker.task) this.#stop();
    });
    enrich(this.#turns);
    // Formulas, colours and diagrams come a little later than their words.
    this.#grown.observe(this.#turns);
    this.#toEnd();
    if (this.hasAttribute("running")) this.#follow();
    if (this.#chat) this.#leave = connection().watch(this.#chat, this.#listener());
  }

  disconnectedCallback(): void {
    this.#source?.close();
    this.#grown.disconnect();
    this.#leave?.();
  }

  /** Hears of questions that were asked elsewhere: in another tab, or by a program. */
  #listener(): { cursor(): number; frame(frame: Frame): void; link(): void } {
    return {
      cursor: () => Number.MAX_SAFE_INTEGER,
      frame: (frame) => {
        const news = frame.type === "message" && !this.#turns.querySelector(`[data-seq="${frame.seq}"]`);
        if (news && !this.#asking && !this.#source) void this.#load();
      },
      link: () => undefined,
    };
  }

  // --- asking ------------------------------------------------------------------------------

  async #ask({ body, files }: Written): Promise<void> {
    const edited = this.#editing;
    const after = edited ? edited.dataset["parent"] : this.#last?.dataset["seq"];
    const form = new URLSearchParams({ content: body, model: this.#asker.wished, key: crypto.randomUUID() });
    for (const id of files.ids) form.append("attachments", id);
    if (this.hasAttribute("temporary")) form.set("temporary", "true");
    if (edited) form.set("edits", edited.dataset["seq"] ?? "");
    if (!edited) this.#pending(body || files.names.join(", "));
    const begun = await this.#post(this.#chat ? `/${this.#chat}/ask` : "", form);
    if (begun && !this.#chat) {
      location.assign(`${this.#path}/${begun.chat}`);
      return;
    }
    if (begun) {
      this.#edit(undefined);
      await this.#load(after ?? "0");
      return;
    }
    this.#turns.querySelector("[data-pending]")?.remove();
    if (edited) return;
    this.#asker.refused(body);
    if (this.#hello && !this.#turns.firstElementChild) this.#turns.append(this.#hello);
  }

  /** Shows a question before the server has it. */
  #pending(words: string): void {
    this.#hello ??= this.#turns.querySelector("[data-hello]") ?? undefined;
    this.#hello?.remove();
    this.#turns.querySelector("[data-unanswered]")?.remove();
    const article = document.createElement("article");
    article.className = "turn turn--asked turn--pending";
    article.dataset["pending"] = "";
    const text = document.createElement("div");
    text.className = "turn__body turn__plain";
    text.textContent = words;
    article.append(text);
    this.#turns.append(article);
    this.#toEnd();
  }

  /** Sends a form; what went wrong is said, and nothing comes back. */
  async #post(path: string, form: URLSearchParams): Promise<Begun | undefined> {
    this.#asking = true;
    this.#asker.busy = true;
    try {
      const response = await fetch(`${this.#path}${path}`, {
        method: "POST",
        body: form,
        headers: { Accept: "application/json", "X-CSRF-Token": csrfToken() },
        credentials: "same-origin",
      });
      if (!response.ok) throw await problemOf(response);
      return (await response.json()) as Begun;
    } catch (error) {
      toast(error instanceof TypeError ? say("offline") : (error as Error).message || say("failed"), "bad");
      this.#asker.busy = false;
      return undefined;
    } finally {
      this.#asking = false;
    }
  }

  async #again(seq: string, after: string): Promise<void> {
    const form = new URLSearchParams({ seq, model: this.#asker.wished });
    if (await this.#post(`/${this.#chat}/again`, form)) await this.#load(after);
  }

  #stop(): void {
    void api("POST", `/llm/chat/${this.#chat}/stop`).catch((error: Error) => toast(error.message || say("failed"), "bad"));
  }

  #edit(turn: HTMLElement | undefined): void {
    this.#editing = turn;
    const words = turn?.querySelector<HTMLElement>("[data-words]")?.dataset["words"] ?? "";
    this.#asker.task = turn && { icon: "edit", words: chatSay("editing"), body: words };
  }

  // --- what was said -----------------------------------------------------------------------

  get #last(): HTMLElement | undefined {
    return [...this.#turns.querySelectorAll<HTMLElement>("article[data-seq]")].at(-1);
  }

  /** Gets what comes after a turn, or the end of the chat, and reads along if an answer is being made. */
  async #load(after?: string): Promise<void> {
    const address = `${this.#path}/${this.#chat}/turns${after === undefined ? "" : `?after=${after}`}`;
    const fragment = await this.#fetch(address);
    if (!fragment) return;
    this.#end();
    const behind = fragment.querySelector<HTMLElement>("[data-after]")?.dataset["after"];
    this.#cut(behind);
    const running = fragment.querySelector("[data-running]") !== null;
    const added = [...fragment.children];
    this.#turns.append(fragment);
    for (const each of added) enrich(each);
    if (running) this.#follow();
    this.#stick();
  }

  async #fetch(address: string): Promise<DocumentFragment | undefined> {
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!response.ok) throw new Error();
      return fromServer(await response.text(), "");
    } catch {
      toast(say("offline"), "bad");
      this.#asker.busy = false;
      return undefined;
    }
  }

  /** Takes away what stands behind a turn: everything behind none. */
  #cut(seq: string | undefined): void {
    const kept = seq === undefined ? null : this.#turns.querySelector(`article[data-seq="${seq}"]`);
    if (!kept) {
      this.#turns.replaceChildren();
      return;
    }
    while (kept.nextSibling) kept.nextSibling.remove();
  }

  async #earlier(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    const fragment = await this.#fetch(`${this.#path}/${this.#chat}/turns?before=${button.dataset["before"]}`);
    button.disabled = false;
    if (!fragment) return;
    const below = this.#talk.scrollHeight - this.#talk.scrollTop;
    const added = [...fragment.children];
    button.closest("[data-earlier]")?.replaceWith(fragment);
    for (const each of added) enrich(each);
    this.#talk.scrollTop = this.#talk.scrollHeight - below;
  }

  // --- reading along -----------------------------------------------------------------------

  #follow(): void {
    this.#end();
    this.#asker.busy = true;
    this.#asker.said = chatSay("writing");
    const source = new EventSource(`${this.#path}/${this.#chat}/stream`);
    this.#source = source;
    const on = <T>(name: string, heard: (told: T) => void): void =>
      source.addEventListener(name, (event) => {
        heard(JSON.parse((event as MessageEvent<string>).data) as T);
        this.#stick();
      });
    on<{ question_seq: number }>("start", ({ question_seq }) => this.#begin(source, String(question_seq)));
    on<{ question_seq: number }>("done", ({ question_seq }) => void this.#done(String(question_seq)));
    on<{ detail: string }>("failed", () => void this.#load());
    source.onerror = () => {
      // The browser comes back by itself, unless the server has refused it.
      if (source.readyState === EventSource.CLOSED) void this.#load();
    };
  }

  /** Makes room for an answer behind its question; what was read of it before the connection broke stays. */
  #begin(source: EventSource, question: string): void {
    if (this.#answer?.isThere) {
      this.#answer.pause();
      return;
    }
    this.#cut(question);
    const article = document.createElement("article");
    article.className = "turn turn--answer turn--writing";
    article.setAttribute("aria-busy", "true");
    const body = document.createElement("div");
    body.className = "turn__body prose";
    article.append(body, thinking());
    this.#turns.append(article);
    this.#answer = new Growing(body);
    this.#answer.read(source, () => this.#stick());
  }

  async #done(question: string): Promise<void> {
    await this.#load(question);
    this.#asker.said = chatSay("there");
    await this.#list();
  }

  /** Shows the chat's new place and last words in the list, if that shows chats and nobody has gone on in it. */
  async #list(): Promise<void> {
    const rows = document.querySelector("[data-rows]");
    if (!rows || new URLSearchParams(location.search).has("before")) return;
    const address = `${this.#path}/rows${location.search || "?"}&chat=${this.#chat}`;
    const response = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => undefined);
    if (response?.ok) rows.replaceChildren(fromServer(await response.text(), ""));
  }

  #end(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#answer = undefined;
    this.#asker.busy = false;
    this.#asker.said = "";
  }

  // --- buttons -----------------------------------------------------------------------------

  async #pressed(target: Element): Promise<void> {
    const button = target.closest<HTMLButtonElement>("button[data-deed], button[data-show], button[data-before]");
    if (!button) return;
    if (button.dataset["before"]) return this.#earlier(button);
    const turn = button.closest<HTMLElement>(".turn") as HTMLElement;
    const { seq = "", parent = "" } = turn.dataset;
    if (button.dataset["show"]) return this.#show(button.dataset["show"], parent);
    switch (button.dataset["deed"]) {
      case "copy":
        await navigator.clipboard.writeText(turn.querySelector<HTMLElement>("[data-words]")?.dataset["words"] ?? "");
        return toast(say("copied"));
      case "edit":
        return this.#edit(turn);
      case "again":
        return this.#again(seq, parent);
      case "retry":
        return this.#again(turn.dataset["unanswered"] ?? "", turn.dataset["unanswered"] ?? "");
      case "other":
        if (!this.#asker.pick()) toast(chatSay("only"));
        return;
      case "good":
      case "bad":
        return this.#rate(turn, button);
    }
  }

  async #show(seq: string, parent: string): Promise<void> {
    try {
      await api("PUT", `/llm/chat/${this.#chat}/branch`, { seq: Number(seq) });
      await this.#load(parent);
    } catch (error) {
      toast((error as Error).message || say("failed"), "bad");
    }
  }

  async #rate(turn: HTMLElement, button: HTMLButtonElement): Promise<void> {
    const was = button.ariaPressed === "true";
    const rating = was ? null : (button.dataset["deed"] as string);
    try {
      await api("PUT", `/llm/chat/${this.#chat}/messages/${turn.dataset["seq"]}/rating`, { rating });
      for (const each of turn.querySelectorAll<HTMLButtonElement>('[data-deed="good"], [data-deed="bad"]')) {
        each.ariaPressed = String(each === button && !was);
      }
    } catch (error) {
      toast((error as Error).message || say("failed"), "bad");
    }
  }

  // --- the end in view ---------------------------------------------------------------------

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#talk;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #toEnd(): void {
    this.#atEnd = true;
    this.#stick();
  }

  #stick(): void {
    if (this.#atEnd) this.#talk.scrollTop = this.#talk.scrollHeight;
  }
}

customElements.define("bsd-chat", Chat);
