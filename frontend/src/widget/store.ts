/** What survives a reload, per widget key. Where the browser forbids storage, it lasts as long as the page. */
import type { Pending } from "../core/types.ts";

export interface Kept {
  visitor?: string;
  open?: boolean;
  read?: number;
  /** Written but not confirmed: sent again after a reload, under the same key. */
  outbox?: Pick<Pending, "key" | "body" | "at" | "extra">[];
  draft?: string;
  sound?: boolean;
  /** The conversation that `read` is about. */
  chat?: string;
  /** When nobody vouches for the visitor any more, by this browser's clock: nothing is kept longer. */
  until?: number;
  /** The end of the conversation that the visitor did not want to rate. */
  dismissed?: number;
}

export class Store {
  kept: Kept = {};
  #name: string;

  constructor(key: string) {
    this.#name = `besedka:${key}`;
    try {
      this.kept = JSON.parse(localStorage.getItem(this.#name) ?? "{}") as Kept;
    } catch {
      this.kept = {};
    }
  }

  /** Forgets all but what the visitor chose for themselves. */
  clear(): void {
    const { open, sound } = this.kept;
    this.kept = {};
    this.save({ open: !!open, sound: !!sound });
  }

  save(change: Kept): void {
    Object.assign(this.kept, change);
    try {
      localStorage.setItem(this.#name, JSON.stringify(this.kept));
    } catch {
      return;
    }
  }
}
