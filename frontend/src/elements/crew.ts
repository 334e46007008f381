/** `<bsd-crew word-online word-away word-offline here?>`: who of those who answer visitors is there. Dots and words of the page follow it. */
import type { Frame } from "../core/types.ts";
import { actorId, list } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { fill } from "../page/words.ts";

type State = "online" | "away" | "offline";

interface Operator {
  actor_id: string;
  name: string;
  is_away: boolean;
}

const DOTS: Record<State, string> = { online: "on", away: "away", offline: "off" };
const SIGNS: Record<State, string> = { online: "●", away: "◐", offline: "○" };

class Crew extends HTMLElement {
  #leaves: (() => void)[] = [];
  #operators = new Map<string, Operator>();
  #here = new Map<string, string>();
  #news = 0;

  connectedCallback(): void {
    const link = connection();
    this.#leaves = [
      link.stream("presence", (frame) => this.#heard(frame)),
      link.stream("operator", (frame) => this.#switched(frame)),
    ];
  }

  disconnectedCallback(): void {
    for (const leave of this.#leaves) leave();
  }

  #heard(frame: Frame): void {
    const { actor, state } = (frame.data ?? {}) as { actor?: string; state?: string };
    this.#news++;
    if (actor === undefined || state === undefined) void this.#load();
    else this.#here.set(actor, state);
    this.#show();
  }

  /** Somebody wants no new dialogs, or wants them again. */
  #switched(frame: Frame): void {
    const { actor, is_away } = (frame.data ?? {}) as { actor?: string; is_away?: boolean };
    const known = this.#operators.get(actor ?? "");
    if (!known || is_away === undefined) return;
    this.#news++;
    known.is_away = is_away;
    this.#show();
  }

  /** What is said while we read may be newer than what we read: then it is read once more. */
  async #load(): Promise<void> {
    const before = this.#news;
    const read = Promise.all([list<Operator>("/operators"), list<{ actor: string; state: string }>("/presence")]);
    const found = await read.catch(() => undefined);
    if (!found || !this.isConnected) return;
    if (before !== this.#news) return this.#load();
    this.#operators = new Map(found[0].rows.map((row) => [row.actor_id, row]));
    this.#here = new Map(found[1].rows.map((row) => [row.actor, row.state]));
    this.#show();
  }

  #state(operator: Operator): State {
    const state = this.#here.get(operator.actor_id) ?? "offline";
    return state === "online" && operator.is_away ? "away" : (state as State);
  }

  /** Until the first reading the server's words stand. */
  #show(): void {
    let here = 0;
    for (const operator of this.#operators.values()) {
      const state = this.#state(operator);
      if (state === "online") here++;
      for (const place of document.querySelectorAll(`[data-presence="${operator.actor_id}"]`)) this.#mark(place, state);
      if (operator.actor_id !== actorId()) this.#offer(operator, state);
    }
    const count = this.querySelector("[data-here]");
    if (count && this.#operators.size) count.textContent = fill(this.getAttribute("here") ?? "", { n: here });
  }

  #mark(place: Element, state: State): void {
    const [dot, word] = place.children;
    if (dot) dot.className = `dot dot--${DOTS[state]}`;
    if (word) word.textContent = this.getAttribute(`word-${state}`);
  }

  /** Lists of whom a dialog can be handed to. */
  #offer(operator: Operator, state: State): void {
    const words = state === "online" ? "" : ` · ${this.getAttribute(`word-${state}`)}`;
    for (const option of document.querySelectorAll(`option[value="person:${operator.actor_id}"]`)) {
      option.textContent = `${SIGNS[state]} ${operator.name}${words}`;
    }
  }
}

customElements.define("bsd-crew", Crew);
