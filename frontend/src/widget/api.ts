/** The widget's calls to its server: no cookies, the visitor's own token, errors as sentences. */
import type { Message } from "../core/types.ts";
import type { Key } from "./words.ts";

export interface Config {
  name: string;
  greeting: string;
  accent: string;
  locale: string;
  texts?: Partial<Record<Key, string>>;
}

export interface Session {
  visitor: string;
  contact: string;
  chat: string | null;
  ticket: string;
  state?: string | null;
  config: Config;
  messages: Message[];
}

export interface Passage {
  title: string;
  heading?: string[] | string | null;
  text: string;
  quote?: string | null;
  page?: number | null;
  url?: string | null;
}

export class Failure extends Error {
  readonly status: number;
  readonly retry: boolean;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
    this.retry = status >= 500 || status === 429 || status === 401;
  }
}

export class Api {
  readonly origin: string;
  visitor = "";
  locale: string;
  #base: string;

  constructor(origin: string, key: string, locale: string) {
    this.origin = origin;
    this.locale = locale;
    this.#base = `${origin}/api/v1/widget/${encodeURIComponent(key)}`;
  }

  config(): Promise<Config> {
    return this.#call("GET", `?locale=${this.locale}`);
  }

  async session(): Promise<Session> {
    const session = await this.#call<Session>("POST", "/session", {
      visitor: this.visitor || null,
      locale: this.locale,
      page: location.href.slice(0, 500),
    });
    this.visitor = session.visitor;
    return session;
  }

  post(key: string, body: string): Promise<Message> {
    return this.#call("POST", "/messages", { key, body });
  }

  messages(after: number): Promise<Message[]> {
    return this.#call("GET", `/messages?after_seq=${after}`);
  }

  person(): Promise<{ chat: string; state: string }> {
    return this.#call("POST", "/person", {});
  }

  passage(chunk: string): Promise<Passage> {
    return this.#call("GET", `/passages/${encodeURIComponent(chunk)}`);
  }

  socket(ticket: string): string {
    return `${this.origin.replace(/^http/, "ws")}/ws?ticket=${encodeURIComponent(ticket)}`;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { "Accept-Language": this.locale };
    if (this.visitor) headers["Authorization"] = `Bearer ${this.visitor}`;
    const init: RequestInit = { method, headers, credentials: "omit", signal: AbortSignal.timeout(15_000) };
    if (body) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(this.#base + path, init);
    const answer = response.status === 204 ? undefined : await response.json().catch(() => ({}));
    if (!response.ok) throw new Failure(response.status, (answer as { detail?: string })?.detail ?? "");
    return answer as T;
  }
}
