/** `<bsd-compare chat path seq>`: answers of several models side by side, each read along until it is there. */
import { fromServer } from "../core/html.ts";
import { api, basePath } from "../page/api.ts";
import { say } from "../page/words.ts";
import { enrich } from "../rich/rich.ts";
import { Growing } from "./growing.ts";
import { toast } from "./toast.ts";

class Compare extends HTMLElement {
  #sources = new Map<string, EventSource>();

  get #page(): string {
    return `${basePath()}${this.getAttribute("path")}/${this.getAttribute("chat")}`;
  }

  connectedCallback(): void {
    enrich(this);
    this.addEventListener("submit", (event) => this.#submitted(event));
    for (const side of this.#running) this.#follow(side);
  }

  disconnectedCallback(): void {
    for (const source of this.#sources.values()) source.close();
  }

  get #running(): NodeListOf<HTMLElement> {
    return this.querySelectorAll<HTMLElement>("[data-running]");
  }

  #follow(side: HTMLElement): void {
    const run = side.dataset["run"] ?? "";
    const body = side.querySelector<HTMLElement>(".turn__body");
    if (!body) return;
    const growing = new Growing(body);
    const source = new EventSource(`${this.#page}/stream?run=${run}`);
    this.#sources.set(run, source);
    source.addEventListener("start", () => growing.pause());
    growing.read(source);
    source.addEventListener("done", () => void this.#settle(run));
    source.addEventListener("failed", () => void this.#settle(run));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) void this.#settle(run);
    };
  }

  /** Shows an answer as it is kept, with what it took. The others may still be read along. */
  async #settle(run: string): Promise<void> {
    this.#sources.get(run)?.close();
    this.#sources.delete(run);
    const address = `${this.#page}/compare/${this.getAttribute("seq")}/columns`;
    const response = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => undefined);
    if (!response?.ok) {
      toast(say("offline"), "bad");
      return;
    }
    const found = fromServer(await response.text(), "");
    for (const side of found.querySelectorAll<HTMLElement>("[data-run]")) {
      const old = this.querySelector(`[data-run="${side.dataset["run"]}"]`);
      if (this.#sources.has(side.dataset["run"] ?? "") || !old) continue;
      old.replaceWith(side);
      enrich(side);
    }
    if (!this.#sources.size) this.querySelector("[data-all]")?.remove();
  }

  /** Stopping needs no other page. */
  #submitted(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-stop]")) return;
    event.preventDefault();
    const run = form.dataset["stop"];
    const path = `/llm/chat/${this.getAttribute("chat")}/stop${run ? `?run=${run}` : ""}`;
    void api("POST", path).catch((error: Error) => toast(error.message || say("failed"), "bad"));
  }
}

customElements.define("bsd-compare", Compare);
