/** htmx as the house wants it: no evaluation of strings, the CSRF token on every write, errors as toasts. */
import htmx from "htmx.org";
import { toast } from "../elements/toast.ts";
import { ask } from "./ask.ts";
import { csrfToken } from "./api.ts";
import { say } from "./words.ts";

interface Internal {
  initSecurity(policy: unknown, sync: unknown, async: unknown): void;
}

function refuse(): never {
  throw new Error("This page evaluates nothing: write an element instead.");
}

htmx.registerExtension("sealed", {
  init(internal: Internal) {
    internal.initSecurity(undefined, refuse, refuse);
  },
});

document.addEventListener("htmx:config:request", ({ detail }) => {
  (detail.ctx.request.headers as Record<string, string>)["X-CSRF-Token"] = csrfToken();
});

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail as unknown as {
    ctx: { confirm: string };
    issueRequest(): void;
    dropRequest(): void;
  };
  event.preventDefault();
  void ask(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
});

document.addEventListener("htmx:response:error", ({ detail }) => {
  const { status } = detail.ctx.response as { status: number };
  // The session is over: the page itself knows the way to the log-in.
  if (status === 401) location.reload();
  else if (status !== 422) toast(say("failed"), "bad");
});
document.addEventListener("htmx:error", () => toast(say("offline"), "bad"));
