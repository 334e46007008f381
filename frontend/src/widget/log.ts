/** The messages as elements, in their order. */
import type { Replica } from "../core/replica.ts";
import type { Message, Sender } from "../core/types.ts";
import { h } from "./dom.ts";
import { showLine, showPending } from "./messages.ts";
import type { Say } from "./words.ts";

export interface Drawing {
  greeting: string;
  name: string;
  retry(key: string): void;
  show(message: Message): HTMLElement;
}

export class Log {
  #drawn = new Map<string, HTMLElement>();

  /** Keeps elements whose message is unchanged, so that a screen reader hears only what is new. */
  draw(log: HTMLElement, replica: Replica | undefined, say: Say, { greeting, name: ours, retry, show }: Drawing): void {
    const wanted: [string, () => HTMLElement][] = [];
    if (greeting) wanted.push(["greeting", () => h("div", { class: "m", dir: "auto" }, greeting)]);
    let person = "";
    let joins = 0;
    const joined = ({ id, kind, name }: Sender): void => {
      if (kind !== "user" || id === person) return;
      person = id;
      const words = say("joined", { name: name || ours });
      wanted.push([`joined.${++joins}.${id}`, () => showLine(words)]);
    };
    for (const message of replica?.messages ?? []) {
      // After a call for a person it may be the same one who comes again.
      if (message.meta["event"] === "handoff") person = "";
      joined(message.sender);
      wanted.push([`${message.seq}.${message.mod}`, () => show(message)]);
    }
    const { assignee, state } = replica?.info ?? {};
    // Whoever took the dialog is there before their first words.
    if (assignee && state === "open") joined(assignee as Sender);
    if (state === "resolved") wanted.push(["resolved", () => showLine(say("resolved"))]);
    for (const draft of replica?.unsent ?? []) {
      wanted.push([draft.key + draft.state, () => showPending(draft, say, () => retry(draft.key))]);
    }
    const kept = new Map<string, HTMLElement>();
    wanted.forEach(([id, make], at) => {
      const element = this.#drawn.get(id) ?? make();
      kept.set(id, element);
      if (log.children[at] !== element) log.insertBefore(element, log.children[at] ?? null);
    });
    while (log.children.length > wanted.length) log.lastElementChild?.remove();
    this.#drawn = kept;
  }
}
