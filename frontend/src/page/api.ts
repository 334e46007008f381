/** Calls to our own server from a page: its workspace, its CSRF token, its errors as sentences. */

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Whether the same thing may work a little later. */
  readonly retry: boolean;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retry = status >= 500 || status === 429;
  }
}

export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

export function basePath(): string {
  return document.documentElement.dataset["base"] ?? "";
}

export function actorId(): string {
  return document.documentElement.dataset["actor"] ?? "";
}

export function locale(): "ru" | "en" {
  return document.documentElement.lang.startsWith("ru") ? "ru" : "en";
}

/** Asks the API of the page's workspace; throws Problem for an error, TypeError without a network. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await call(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reads a page of a list; the server says in `Link` whether there is more. */
export async function list<T>(path: string): Promise<{ rows: T[]; more: boolean }> {
  const response = await call("GET", path);
  const more = (response.headers.get("Link") ?? "").includes('rel="next"');
  return { rows: (await response.json()) as T[], more };
}

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(20_000) };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(`${basePath()}/api/v1${path}`, init);
  if (response.ok) return response;
  throw await problemOf(response);
}

export async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new Problem(response.status, body.code ?? "http_error", body.detail ?? response.statusText);
}
