/** How an interview is read and written: its page answers scripts with what was said and what it waits for. */
import type { Message } from "../core/types.ts";
import { problemOf } from "../page/api.ts";

/** What the interview waits for. */
export interface State {
  step: string;
  at: number;
  of: number;
  over: boolean;
  paused: boolean;
  human: boolean;
  /** Not begun. */
  fresh: boolean;
  kind: string;
  key: string;
  /** The words of the open question. */
  question: string;
  options: string[];
}

export interface News {
  state: State;
  messages: Message[];
}

const PATIENCE_MS = 20_000;

async function asked(address: string, init: RequestInit): Promise<News> {
  const response = await fetch(address, {
    ...init,
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as News;
}

/** Reads what was said after a message. */
export function read(home: string, after: number): Promise<News> {
  return asked(`${home}/talk?after=${after}`, {});
}

/** Does something with the interview; the same key again changes nothing. */
export function act(home: string, deed: string, after: number, fields: Record<string, string> = {}): Promise<News> {
  return asked(`${home}/${deed}?after=${after}`, { method: "POST", body: new URLSearchParams(fields) });
}

/** The words that are not sent yet, kept in this browser by question. */
export const drafts = {
  get: (place: string): string => kept(() => localStorage.getItem(`besedka-answer:${place}`)) ?? "",
  set: (place: string, words: string): void => {
    const name = `besedka-answer:${place}`;
    kept(() => (words ? localStorage.setItem(name, words) : localStorage.removeItem(name)));
  },
};

function kept<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined; // a browser that keeps nothing for us: the words stand in the field all the same
  }
}
