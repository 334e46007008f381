/** `<bsd-viewers chat>`: who of the colleagues looks at this dialog now, and who types in it. Nothing of it is stored. */
import type { Frame } from "../core/types.ts";
import { actorId } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";

const AGAIN_MS = 15_000;
/** The conversation beside us opens its own subscription first. */
const FIRST_MS = 800;

interface Seen {
  name: string;
  until: number;
}

class Viewers extends HTMLElement {
  #looking = new Map<string, Seen>();
  #typing = new Map<string, Seen>();
  #leaves: (() => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #first: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    this.setAttribute("role", "status");
    const link = connection();
    this.#leaves = [
      link.stream("viewing", (frame) => this.#heard(frame, this.#looking)),
      link.stream("typing", (frame) => this.#heard(frame, this.#typing)),
    ];
    this.#first = setTimeout(() => this.#tell(), FIRST_MS);
    this.#timer = setInterval(() => {
      this.#tell();
      this.#show();
    }, AGAIN_MS);
    document.addEventListener("visibilitychange", this.#turned);
    addEventListener("pagehide", this.#gone);
  }

  disconnectedCallback(): void {
    for (const leave of this.#leaves) leave();
    clearInterval(this.#timer);
    clearTimeout(this.#first);
    document.removeEventListener("visibilitychange", this.#turned);
    removeEventListener("pagehide", this.#gone);
  }

  #turned = (): void => this.#tell();
  #gone = (): void => this.#tell(false);

  #tell(here = !document.hidden): void {
    void connection().command("viewing", { chat: this.getAttribute("chat"), here }).catch(() => undefined);
  }

  #heard(frame: Frame, into: Map<string, Seen>): void {
    const { actor, name, until } = (frame.data ?? {}) as { actor?: string; name?: string; until?: number };
    if (frame.chat !== this.getAttribute("chat") || !actor || actor === actorId()) return;
    // Only colleagues get into each other's way; a visitor's socket has no name, and is shown beside the messages.
    if (into === this.#typing && !name) return;
    const known = into.has(actor);
    const ends = (until ?? 0) * 1000;
    if (ends <= Date.now()) into.delete(actor);
    else into.set(actor, { name: name ?? "", until: ends });
    // Whoever comes learns of us at once.
    if (into === this.#looking && !known && ends > Date.now()) this.#tell();
    this.#show();
    if (into === this.#typing) setTimeout(() => this.#show(), Math.max(0, ends - Date.now()) + 50);
  }

  #names(of: Map<string, Seen>): string[] {
    for (const [actor, seen] of of) if (seen.until <= Date.now()) of.delete(actor);
    return [...of.values()].map((seen) => seen.name);
  }

  #show(): void {
    const typing = this.#names(this.#typing);
    const looking = this.#names(this.#looking);
    const words = typing.length
      ? say("typing", { name: typing.join(", ") })
      : looking.length
        ? say("looking", { name: looking.join(", ") })
        : "";
    if (this.textContent !== words) this.textContent = words;
  }
}

customElements.define("bsd-viewers", Viewers);
