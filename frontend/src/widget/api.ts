/** The widget's calls to its server: no cookies, the visitor's own token, errors as sentences. */
import type { Message } from "../core/types.ts";
import type { Key } from "./words.ts";

/** A field of the form before the first message. */
export interface Field {
  key: "name" | "email" | "phone" | "choice";
  required: boolean;
  label: string;
  choices: string[];
}

export interface Form {
  fields: Field[];
  consent: string;
  consent_url: string;
  skip: boolean;
}

export interface Config {
  name: string;
  greeting: string;
  accent: string;
  locale: string;
  launcher: string;
  position: string;
  form: Form | null;
  queue: boolean;
  contact: boolean;
  transcript: boolean;
  /** Whether the server takes ratings. */
  rating?: boolean;
  texts?: Partial<Record<Key, string>>;
}

export interface Rating {
  resolution: number | null;
  ask: boolean;
}

export interface Queue {
  position: number | null;
  online: boolean;
  promised: boolean;
}

export interface Session {
  visitor: string;
  contact: string;
  chat: string | null;
  ticket: string;
  state?: string | null;
  needs_form: boolean;
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

interface Problem {
  detail?: string;
  code?: string;
  params?: Record<string, unknown>;
}

export class Failure extends Error {
  readonly status: number;
  readonly retry: boolean;
  readonly code: string;
  readonly params: Record<string, unknown>;

  constructor(status: number, { detail, code, params }: Problem) {
    super(detail ?? "");
    this.status = status;
    this.code = code ?? "";
    this.params = params ?? {};
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
    return this.call("GET", `?locale=${this.locale}`);
  }

  async session(resume?: string): Promise<Session> {
    const session = await this.send<Session>("/session", {
      visitor: this.visitor || null,
      locale: this.locale,
      page: location.href.slice(0, 500),
      resume: resume || null,
    });
    this.visitor = session.visitor;
    return session;
  }

  /** Posts to one of the widget's routes. */
  send<T = void>(path: string, body: unknown = {}): Promise<T> {
    return this.call("POST", path, body);
  }

  post(key: string, body: string): Promise<Message> {
    return this.send("/messages", { key, body });
  }

  messages(after: number): Promise<Message[]> {
    return this.call("GET", `/messages?after_seq=${after}`);
  }

  person(): Promise<{ chat: string; state: string }> {
    return this.send("/person");
  }

  passage(chunk: string): Promise<Passage> {
    return this.call("GET", `/passages/${encodeURIComponent(chunk)}`);
  }

  socket(ticket: string): string {
    return `${this.origin.replace(/^http/, "ws")}/ws?ticket=${encodeURIComponent(ticket)}`;
  }

  async call<T = void>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { "Accept-Language": this.locale };
    if (this.visitor) headers["Authorization"] = `Bearer ${this.visitor}`;
    const init: RequestInit = { method, headers, credentials: "omit", signal: AbortSignal.timeout(15_000) };
    if (body) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(this.#base + path, init);
    const answer = response.status === 204 ? undefined : await response.json().catch(() => ({}));
    if (!response.ok) throw new Failure(response.status, answer as Problem);
    return answer as T;
  }
}
