/** Calls to our own server from a page: its workspace, its CSRF token, its errors as sentences. */

export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
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
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(20_000) };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(`${basePath()}/api/v1${path}`, init);
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw await problemOf(response);
}

export async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new Problem(response.status, body.code ?? "http_error", body.detail ?? response.statusText);
}
