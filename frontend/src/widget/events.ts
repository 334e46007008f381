/** Who listens to what. */
import type { Events, Listener } from "./besedka.ts";

export class Emitter {
  #listeners = new Map<keyof Events, Set<Listener<never>>>();
  #ready = false;

  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    // Whoever asks late is told at once.
    if (event === "ready" && this.#ready) listener(undefined as Events[E]);
    return () => this.off(event, listener);
  }

  off<E extends keyof Events>(event: E, listener: Listener<E>): void {
    this.#listeners.get(event)?.delete(listener);
  }

  tell<E extends keyof Events>(event: E, detail: Events[E]): void {
    this.#ready ||= event === "ready";
    for (const listener of this.#listeners.get(event) ?? []) (listener as Listener<E>)(detail);
  }
}
