/** `<bsd-waiting stream source>`: how much waits behind an entry of the rail, live, there and in the page's title. */
import type { Frame } from "../core/types.ts";
import { api } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";

/** A burst of news asks once. */
const TOGETHER_MS = 300;
const MOST = 99;

class Waiting extends HTMLElement {
  #states = new Map<string, unknown>();
  #leave: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  connectedCallback(): void {
    this.#leave = connection().stream(this.getAttribute("stream") ?? "", (frame) => this.#heard(frame));
  }

  disconnectedCallback(): void {
    this.#leave?.();
    clearTimeout(this.#timer);
  }

  #heard(frame: Frame): void {
    const state = frame.data?.["state"];
    // Another message in the same state changes no number.
    if (frame.chat !== undefined && this.#states.get(frame.chat) === state) return;
    if (frame.chat !== undefined) this.#states.set(frame.chat, state);
    this.#timer ??= setTimeout(() => void this.#load(), TOGETHER_MS);
  }

  async #load(): Promise<void> {
    this.#timer = undefined;
    const asked = ++this.#asked;
    const found = await api<{ count: number }>("GET", this.getAttribute("source") ?? "").catch(() => undefined);
    if (found && asked === this.#asked) this.#show(found.count);
  }

  #show(count: number): void {
    const words = count > MOST ? `${MOST}+` : String(count);
    const [number, heard] = this.children;
    if (number) number.textContent = words;
    if (heard) heard.textContent = say("waiting", { n: words });
    for (const each of document.querySelectorAll<HTMLElement>("[data-waiting]")) {
      each.textContent = words;
      each.hidden = count === 0;
    }
    this.hidden = count === 0;
    // Installed as an application, the number stands on its icon, too.
    void (navigator as { setAppBadge?(count: number): Promise<void> }).setAppBadge?.(count).catch(() => undefined);
    const title = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = count ? `(${words}) ${title}` : title;
  }
}

customElements.define("bsd-waiting", Waiting);
