/** One message, one draft as elements. */
import { linkMarks } from "../core/citations.ts";
import { fromServer } from "../core/html.ts";
import type { Citation, Message, Pending } from "../core/types.ts";
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
  const files = named((message.attachments ?? []).map((each) => each.name));
  const edited = message.edited_at ? h("div", { class: "who" }, say("edited")) : undefined;
  if (own) return h("div", { class: "m mine", dir: "auto" }, message.body, files);
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
  if (files) element.append(files);
  if (citations.length) {
    const refs = citations.map((each) => button(each, `${each.n}`, h("span", {}, each.title)));
    element.append(h("div", { class: "refs", role: "group", "aria-label": say("sources") }, ...refs));
  }
  if (edited) element.append(edited);
  return element;
}

/** Files by name, until what shows them is there. */
export function named(names: string[]): HTMLElement | undefined {
  return names.length ? h("div", { class: "files" }, names.map((each) => `📎 ${each}`).join("\n")) : undefined;
}

/** What happened, in small: no message. */
export function showLine(words: string): HTMLElement {
  return h("div", { class: "m system" }, words);
}

export function showPending(draft: Pending, say: Say, retry: () => void): HTMLElement {
  const waiting = draft.state === "sending";
  const element = h("div", { class: `m mine${waiting ? " wait" : ""}`, dir: "auto" }, draft.body, named((draft.extra?.["names"] ?? []) as string[]));
  if (waiting) return element;
  // Without a reason nobody refused it: it waits, and is sent by itself.
  const { reason } = draft;
  const again = h("button", { type: "button", onclick: retry }, say("retry"));
  const line = h("div", { class: "fail", role: reason ? "alert" : undefined }, `${reason || say("unsent")} · `, again);
  return h("div", { class: "log" }, element, line);
}
