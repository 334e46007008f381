/** One message, one draft, one passage as elements. */
import { linkMarks, splitQuote } from "../core/citations.ts";
import { fromServer } from "../core/html.ts";
import type { Citation, Message, Pending } from "../core/types.ts";
import type { Passage } from "./api.ts";
import { h } from "./dom.ts";
import type { Say } from "./words.ts";

export function showMessage(
  message: Message,
  say: Say,
  cite: (citation: Citation) => void,
): HTMLElement {
  const { sender } = message;
  // Not by id: two visitors of whom a company knows that they are one person have one dialog.
  const own = sender.kind === "contact";
  if (message.deleted_at) return h("div", { class: `m gone${own ? " own" : ""}` }, say("deleted"));
  const edited = message.edited_at ? h("div", { class: "who" }, say("edited")) : undefined;
  if (own) return h("div", { class: "m mine", dir: "auto" }, message.body);
  if (message.kind === "system" || sender.kind === "system") {
    return h("div", { class: "m system" }, fromServer(message.html, message.body));
  }
  const element = h("div", { class: "m", dir: "auto" });
  if (sender.kind === "user") element.append(h("div", { class: "who" }, sender.name));
  const citations = message.meta.citations ?? [];
  const content = fromServer(message.html, message.body);
  const button = (citation: Citation, text: string, ...more: Node[]): HTMLElement => {
    const title = say("source", { n: citation.n, title: citation.title });
    const onclick = (): void => cite(citation);
    return h("button", { type: "button", "aria-label": more.length ? undefined : title, title, onclick }, text, ...more);
  };
  linkMarks(content, (n) => {
    const citation = citations.find((each) => each.n === n);
    if (!citation) return undefined;
    const mark = button(citation, String(n));
    mark.className = "cite";
    return mark;
  });
  element.append(content);
  if (citations.length) {
    const refs = citations.map((each) => button(each, `${each.n}`, h("span", {}, each.title)));
    element.append(h("div", { class: "refs", role: "group", "aria-label": say("sources") }, ...refs));
  }
  if (edited) element.append(edited);
  return element;
}

/** What happened, in small: no message. */
export function showLine(words: string): HTMLElement {
  return h("div", { class: "m system" }, words);
}

export function showPending(draft: Pending, say: Say, retry: () => void): HTMLElement {
  const waiting = draft.state === "sending";
  const element = h("div", { class: `m mine${waiting ? " wait" : ""}`, dir: "auto" }, draft.body);
  if (waiting) {
    element.title = say("sending");
    return element;
  }
  // Without a reason nobody refused it: it waits, and is sent by itself.
  const { reason } = draft;
  const again = h("button", { type: "button", onclick: retry }, say("retry"));
  const line = h("div", { class: "fail", role: reason ? "alert" : undefined }, `${reason || say("unsent")} · `, again);
  return h("div", { class: "log" }, element, line);
}

export function showPassage(passage: Passage, citation: Citation, say: Say): Node[] {
  const heading = passage.heading ?? citation.heading;
  const path = Array.isArray(heading) ? heading.join(" › ") : heading;
  const page = passage.page ?? citation.page;
  const [before, quoted, after] = splitQuote(passage.text, passage.quote ?? citation.quote ?? "");
  const where = [path, page ? say("page", { n: page }) : ""].filter(Boolean).join(" · ");
  const nodes: Node[] = [];
  if (where) nodes.push(h("p", { class: "quiet" }, where));
  nodes.push(h("p", { class: "text" }, before, quoted ? h("mark", {}, quoted) : undefined, after));
  const url = passage.url ?? citation.url;
  if (url && /^https?:/.test(url)) {
    nodes.push(h("p", {}, h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, say("whole"))));
  }
  return nodes;
}
