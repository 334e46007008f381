/** `window.Besedka`: what a page may ask of the widget. */

export interface Events {
  ready: undefined;
  open: undefined;
  close: undefined;
  message: { text: string; from: string };
  unread: { count: number };
  handoff: undefined;
  resolved: undefined;
  rated: { score: number };
  expired: undefined;
}

export interface Settings {
  locale?: "ru" | "en";
  theme?: "light" | "dark" | "";
  /** What the company's people see beside the dialog; nobody verifies it. */
  attributes?: Record<string, string>;
}

export type Listener<E extends keyof Events> = (detail: Events[E]) => void;

export interface Besedka {
  open(): void;
  close(): void;
  toggle(): void;
  /** Opens the panel and asks, as if the visitor had written it. */
  ask(words: string): void;
  /** Takes a token that the site's server signed. Rejects with an error whose `code` says why, and changes nothing then. */
  identify(token: string): Promise<void>;
  /** Logs the visitor out: the next who writes is somebody else. */
  reset(): Promise<void>;
  set(settings: Settings): Promise<void>;
  /** Returns how to stop listening. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void;
  off<E extends keyof Events>(event: E, listener: Listener<E>): void;
}
