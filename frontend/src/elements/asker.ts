/** `<bsd-asker>`: where a model is asked: which one, what it would cost, the words and files, and the way to stop it. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { api } from "../page/api.ts";
import { chatSay, count, money } from "../page/chatwords.ts";
import "./composer.ts";
import type { Composer, Task, Written } from "./composer.ts";
import { icon } from "./icons.ts";

interface Price {
  currency: string;
  input: number;
  output: number;
}

interface Model {
  id: string;
  name: string;
  key: "person" | "workspace" | "installation";
  default: boolean;
  context: number | null;
  price: Price | null;
  /** It answers from the documents of the workspace. */
  assistant?: boolean;
}

interface Estimate {
  input_tokens: number;
  trimmed: number;
  cost: { micro: number; currency: string } | null;
  charged: boolean;
  lacks: number;
}

const QUIET_MS = 600;
const REMEMBERED = "besedka:model";

export class Asker extends LitElement {
  static override properties = {
    chat: { type: String },
    model: { type: String },
    busy: { type: Boolean },
    said: { type: String },
    task: { attribute: false },
    models: { state: true },
    estimate: { state: true },
  };

  declare chat: string;
  declare model: string;
  declare busy: boolean;
  declare said: string;
  declare task: Task | undefined;
  declare models: Model[];
  declare estimate: Estimate | undefined;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    super();
    this.chat = "";
    this.model = "";
    this.busy = false;
    this.said = "";
    this.task = undefined;
    this.models = [];
    this.estimate = undefined;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.chat) this.model = localStorage.getItem(REMEMBERED) ?? "";
    void this.#fill();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  async #fill(): Promise<void> {
    const [models, assistants] = await Promise.all([
      api<Model[]>("GET", "/llm/models").catch(() => []),
      api<{ id: string; name: string }[]>("GET", "/llm/assistants").catch(() => []),
    ]);
    const known = { key: "installation" as const, default: false, context: null, price: null, assistant: true };
    this.models = [...models, ...assistants.map((each) => ({ ...each, ...known }))];
    if (!this.models.some(({ id }) => id === this.model)) this.model = "";
  }

  get composer(): Composer {
    return this.querySelector("bsd-composer") as Composer;
  }

  /** The model that is asked: the one that the picker shows. */
  get wished(): string {
    return this.#chosen?.id ?? this.model;
  }

  get #chosen(): Model | undefined {
    return this.models.find((each) => (this.model ? each.id === this.model : each.default)) ?? this.models[0];
  }

  /** Keeps the choice with the chat; before there is one, with this browser. */
  #choose(event: Event): void {
    this.model = (event.target as HTMLSelectElement).value;
    if (this.chat) void api("PATCH", `/llm/chat/${this.chat}`, { model: this.model }).catch(() => undefined);
    else localStorage.setItem(REMEMBERED, this.model);
    this.#moved();
  }

  /** Asks for an estimate once nobody has typed for a moment; an answer to older words is passed over. */
  #moved(): void {
    clearTimeout(this.#timer);
    const { body, ids } = this.composer.draft;
    if (!body && !ids.length) {
      this.#asked += 1;
      this.estimate = undefined;
      return;
    }
    this.#timer = setTimeout(() => void this.#look(body, ids), QUIET_MS);
  }

  async #look(content: string, attachments: string[]): Promise<void> {
    const asked = ++this.#asked;
    const path = this.chat ? `/llm/chat/${this.chat}/estimate` : "/llm/estimate";
    const found = await api<Estimate>("POST", path, { content, attachments, model: this.wished }).catch(() => undefined);
    if (asked === this.#asked) this.estimate = found;
  }

  #send(event: CustomEvent<Written>): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.estimate = undefined;
    this.dispatchEvent(new CustomEvent("bsd-ask", { detail: event.detail }));
  }

  /** Puts a question back that was refused, and tells again what it would cost. */
  refused(words: string): void {
    this.composer.restore(words);
    this.#moved();
  }

  #about(model: Model): string {
    const { context, price, key } = model;
    if (model.assistant) return chatSay("from_documents");
    const parts = [
      context ? chatSay("context", { n: count(context, true) }) : "",
      price ? chatSay("price", { input: money(price.input, price.currency), output: money(price.output, price.currency) }) : "",
      key === "person" ? chatSay("own") : key === "workspace" ? chatSay("company") : "",
    ];
    return parts.filter(Boolean).join(" · ");
  }

  #cost(found: Estimate): string {
    const { cost } = found;
    if (found.charged && !cost) return chatSay("unpriced");
    if (cost && found.lacks) {
      return chatSay("lacks", { cost: money(cost.micro, cost.currency), lacks: money(found.lacks, cost.currency) });
    }
    const parts = [
      chatSay("estimate", { n: count(found.input_tokens) }),
      cost ? chatSay("most", { cost: money(cost.micro, cost.currency) }) : "",
      found.charged ? chatSay("held") : "",
      found.trimmed ? chatSay("trimmed", { n: found.trimmed }) : "",
    ];
    return parts.filter(Boolean).join(" · ");
  }

  #options(chosen: Model, assistants: boolean): TemplateResult[] {
    const shown = this.models.filter((each) => (each.assistant ?? false) === assistants);
    return shown.map((each) => html`<option value=${each.id} ?selected=${each === chosen}>${each.name}</option>`);
  }

  /** Opens the choice of models; false when there is nothing to choose. */
  pick(): boolean {
    const select = this.querySelector<HTMLSelectElement>(".asker__model select");
    if (!select || this.models.length < 2) return false;
    select.focus();
    try {
      select.showPicker();
    } catch {
      // Not every browser opens it for a script; it has the focus then.
    }
    return true;
  }

  #picker(): TemplateResult | typeof nothing {
    const chosen = this.#chosen;
    if (!chosen) return nothing;
    return html`<label class="asker__model"><span class="sr-only">${chatSay("model")}</span>
        <select class="input" @change=${this.#choose} title=${this.#about(chosen)}>
          ${this.#options(chosen, false)}
          ${this.models.some((each) => each.assistant)
            ? html`<optgroup label=${chatSay("assistants")}>${this.#options(chosen, true)}</optgroup>`
            : nothing}
        </select></label>`;
  }

  /** Whether the question would be refused: it cannot be paid, or nobody knows what it costs. */
  get #refused(): boolean {
    const found = this.busy ? undefined : this.estimate;
    return Boolean(found?.charged && (!found.cost || found.lacks));
  }

  #line(): string {
    if (this.busy) return chatSay("writing");
    if (this.estimate) return this.#cost(this.estimate);
    return this.#chosen ? this.#about(this.#chosen) : "";
  }

  override render(): TemplateResult {
    return html`<div class="asker">
      <bsd-composer .chat=${this.chat || "new"} .asks=${true} .hint=${chatSay("write")} .task=${this.task} .busy=${this.busy}
        @bsd-send=${this.#send} @bsd-typing=${this.#moved} @bsd-files=${this.#moved}
        @bsd-cancel=${() => this.dispatchEvent(new CustomEvent("bsd-cancel"))}></bsd-composer>
      <div class="asker__bar">
        ${this.#picker()}
        <span class="asker__line small ${this.#refused ? "asker__line--bad" : "muted"}">${this.#line()}</span>
        ${this.busy
          ? html`<button type="button" class="btn btn--small" @click=${() => this.dispatchEvent(new CustomEvent("bsd-stop"))}>${icon("stop")}<span>${chatSay("stop")}</span></button>`
          : nothing}
        <span class="sr-only" role="status">${this.said}</span>
      </div>
    </div>`;
  }
}

customElements.define("bsd-asker", Asker);
