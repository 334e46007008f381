/** The widget's calls to its server: no cookies, the visitor's own token, errors as sentences. */
import type { Message, Sender } from "../core/types.ts";
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

/** Whether people work, and when that changes. */
export interface Hours {
  open: boolean;
  until: string | null;
  next: string | null;
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
  rating: boolean;
  files: boolean;
  hours: Hours | null;
  texts?: Partial<Record<Key, string>>;
}

export interface Rating {
  resolution: number | null;
  ask: boolean;
  may_rate: boolean;
  score: number | null;
  comment: string;
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
  assignee?: Sender | null;
  /** For how many seconds more the site vouches for the visitor. */
  lasts?: number | null;
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
  readonly base: string;

  constructor(origin: string, key: string, locale: string) {
    this.origin = origin;
    this.locale = locale;
    this.base = `${origin}/api/v1/widget/${encodeURIComponent(key)}`;
  }

  config(): Promise<Config> {
    return this.call("GET", `?locale=${this.locale}`);
  }

  session(resume?: string): Promise<Session> {
    return this.send("/session", {
      visitor: this.visitor || null,
      locale: this.locale,
      page: location.href.slice(0, 500),
      resume: resume || null,
    });
  }

  /** Posts to one of the widget's routes. */
  send<T = void>(path: string, body: unknown = {}): Promise<T> {
    return this.call("POST", path, body);
  }

  post(key: string, body: string, attachments: string[] = []): Promise<Message> {
    return this.send("/messages", { key, body, attachments });
  }

  messages(after: number): Promise<Message[]> {
    return this.call("GET", `/messages?after_seq=${after}`);
  }

  person(): Promise<{ chat: string; state: string }> {
    return this.send("/person");
  }

  socket(ticket: string): string {
    return `${this.origin.replace(/^http/, "ws")}/ws?ticket=${ticket}`;
  }

  async call<T = void>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, signal: AbortSignal.timeout(15_000) };
    if (body) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const response = await this.fetch(path, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** What it answers when it refuses is thrown. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    const headers: Record<string, string> = { ...(init.headers as Record<string, string>), ...this.headers };
    const response = await fetch(this.base + path, { ...init, headers, credentials: "omit" });
    if (!response.ok) throw new Failure(response.status, (await response.json().catch(() => ({}))) as Problem);
    return response;
  }

  get headers(): Record<string, string> {
    const headers: Record<string, string> = { "Accept-Language": this.locale };
    if (this.visitor) headers["Authorization"] = `Bearer ${this.visitor}`;
    return headers;
  }
}
