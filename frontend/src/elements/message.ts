/** One message of the full view. What the server rendered stands in it as it came. */
import { html, nothing, type TemplateResult } from "lit";
import { linkMarks } from "../core/citations.ts";
import { fromServer } from "../core/html.ts";
import type { Citation, Draft, Message, Pending, Sender } from "../core/types.ts";
import { basePath, locale } from "../page/api.ts";
import { say, type Word } from "../page/words.ts";
import { showAttachments } from "./attachments.ts";
import { icon } from "./icons.ts";

export type Mode = "dialog" | "chat";

export interface Look {
  mode: Mode;
  me: string;
  /** Whether the message begins a group of the same sender. */
  first: boolean;
  cite(citation: Citation): void;
  /** Shows the message of a place. */
  find(seq: number): void;
  deeds?: Deeds | undefined;
}

/** What one may do with a message; the buttons are under it while `open`. */
export interface Deeds {
  open: boolean;
  toggle(): void;
  list: Deed[];
  react(emoji: string): void;
}

export const EMOJI = ["👍", "❤️", "🙏", "🔥", "👀", "✅"];

export interface Deed {
  icon: string;
  words: Word;
  bad?: boolean;
  run(): void;
}

const MODES: Record<string, "extractive" | "model"> = { extractive: "extractive", model: "model" };

export function nameOf(sender: Sender, me: string): string {
  if (sender.id === me) return say("you");
  if (sender.name) return sender.name;
  return say(sender.kind === "assistant" ? "assistant" : "visitor");
}

export function clock(moment: string | number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(moment));
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase() || "?";
}

function avatar(sender: Sender): TemplateResult {
  const sign = sender.kind === "assistant" ? icon("spark") : initials(sender.name || say("visitor"));
  return html`<span class="avatar" aria-hidden="true">${sign}</span>`;
}

/** In a dialog everybody but the visitor speaks for the house; in a chat only I am on my side. */
function isOurs(sender: Sender, look: Look): boolean {
  return look.mode === "dialog" ? sender.kind !== "contact" : sender.id === look.me;
}

function citeButton(citation: Citation, look: Look): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cite";
  button.textContent = String(citation.n);
  button.title = say("source", { n: citation.n, title: citation.title });
  button.setAttribute("aria-label", button.title);
  button.addEventListener("click", () => look.cite(citation));
  return button;
}

/** Makes the content once per version; Lit moves the same element about afterwards. */
export function contentOf(message: Message, look: Look): HTMLElement {
  const element = document.createElement("div");
  element.className = "msg__body prose";
  if (message.deleted_at) {
    element.textContent = say("deleted");
    return element;
  }
  const citations = message.meta.citations ?? [];
  const content = fromServer(message.html, message.body);
  linkMarks(content, (n) => {
    const citation = citations.find((each) => each.n === n);
    return citation && citeButton(citation, look);
  });
  element.append(content);
  return element;
}

export function showMessage(message: Message, content: HTMLElement, look: Look): TemplateResult {
  const { sender } = message;
  if (message.kind === "system" || sender.kind === "system") {
    return html`<div class="notice">${content.textContent} <span class="msg__time">${clock(message.created_at)}</span></div>`;
  }
  const note = message.visibility === "internal";
  const name = nameOf(sender, look.me);
  const classes = [
    "msg",
    look.first ? "msg--first" : "",
    isOurs(sender, look) ? "msg--ours" : "",
    sender.kind === "assistant" ? "msg--assistant" : "",
    note ? "msg--note" : "",
    message.deleted_at ? "msg--deleted" : "",
  ];
  const who = html`<div class="msg__who">
    ${note ? icon("lock") : nothing}<span>${name}</span>${note ? html`<span>· ${say("note")}</span>` : nothing}
    <time class="msg__time" datetime=${message.created_at}>${clock(message.created_at)}</time>
  </div>`;
  return html`<article class=${classes.filter(Boolean).join(" ")} aria-label=${name} data-seq=${message.seq}>
    <div class="msg__mark">${look.first ? avatar(sender) : nothing}</div>
    <div class="msg__side">${look.first ? who : nothing}
      ${quote(message, look)}
      <div class="msg__line">${message.body || message.deleted_at ? content : showAttachments(message)}${opener(look.deeds)}</div>
      ${message.body ? showAttachments(message) : nothing}
      ${foot(message, look)}${reactions(message, look)}${toolbar(look.deeds)}</div>
  </article>`;
}

function quote({ reply }: Message, look: Look): TemplateResult | typeof nothing {
  if (!reply) return nothing;
  return html`<button type="button" class="msg__quote" @click=${() => look.find(reply.seq)}>
    <span class="sr-only">${say("reply_to")}</span><span class="strong">${nameOf(reply.sender, look.me)}</span>
    <span class="ellipsis">${reply.body || say("deleted")}</span>
  </button>`;
}

function reactions(message: Message, look: Look): TemplateResult | typeof nothing {
  if (!message.reactions?.length) return nothing;
  return html`<div class="msg__reactions" role="group" aria-label=${say("reactions")}>
    ${message.reactions.map(
      ({ emoji, count, actors }) => html`<button type="button" aria-pressed=${String(actors.includes(look.me))}
        ?disabled=${!look.deeds} @click=${() => look.deeds?.react(emoji)}>${emoji} ${count}</button>`,
    )}
  </div>`;
}

function opener(deeds: Deeds | undefined): TemplateResult | typeof nothing {
  if (!deeds) return nothing;
  return html`<button type="button" class="msg__more" aria-expanded=${String(deeds.open)} title=${say("actions")}
    @click=${deeds.toggle}>${icon("more")}<span class="sr-only">${say("actions")}</span></button>`;
}

function toolbar(deeds: Deeds | undefined): TemplateResult | typeof nothing {
  if (!deeds?.open) return nothing;
  return html`<div class="msg__deeds" role="group" aria-label=${say("actions")}>
    <div class="msg__picker" role="group" aria-label=${say("react")}>
      ${EMOJI.map((emoji) => html`<button type="button" @click=${() => deeds.react(emoji)}>${emoji}</button>`)}
    </div>
    ${deeds.list.map(
      (deed) => html`<button type="button" class="btn btn--small btn--quiet ${deed.bad ? "msg__deed--bad" : ""}" @click=${deed.run}>
        ${icon(deed.icon)}${say(deed.words)}</button>`,
    )}
  </div>`;
}

function foot(message: Message, look: Look): TemplateResult | typeof nothing {
  const { citations, mode, confidence } = message.meta;
  const parts: TemplateResult[] = [];
  if (look.mode === "dialog" && mode && MODES[mode]) {
    const percent = new Intl.NumberFormat(locale(), { style: "percent" });
    const sure = typeof confidence === "number" ? say("confidence", { n: percent.format(confidence) }) : "";
    parts.push(html`<span>${say(MODES[mode])}${sure ? html` · ${sure}` : nothing}</span>`);
  }
  if (look.mode === "dialog" && message.meta.run && message.visibility !== "internal") {
    parts.push(html`<a href="${basePath()}/dashboard/assistants/runs/${message.meta.run}">${say("why")}</a>`);
  }
  if (message.pinned_at) parts.push(html`<span>${icon("pin")} ${say("pinned")}</span>`);
  if (message.edited_at && !message.deleted_at) parts.push(html`<span>${say("edited")}</span>`);
  if (!parts.length && !citations?.length) return nothing;
  return html`${sources(citations, look)}<div class="msg__foot">${parts}</div>`;
}

function sources(citations: Citation[] | undefined, look: Look): TemplateResult | typeof nothing {
  if (!citations?.length) return nothing;
  return html`<div class="sources" role="group" aria-label=${say("sources")}>
    ${citations.map(
      (each) => html`<button type="button" title=${each.title} @click=${() => look.cite(each)}>
        <span class="strong">${each.n}</span><span class="ellipsis">${each.title}</span>
      </button>`,
    )}
  </div>`;
}

export interface PendingActions {
  retry(extra?: Record<string, unknown>): void;
  discard(): void;
}

/** `files` are the names of what goes with it. */
export function showPending(draft: Pending, actions: PendingActions, files: string[] = []): TemplateResult {
  const failed = draft.state === "failed";
  const note = draft.visibility === "internal";
  return html`<article class="msg msg--ours msg--first ${note ? "msg--note" : ""} ${failed ? "msg--failed" : "msg--waiting"}">
    <div class="msg__mark"></div>
    <div class="msg__side">
      <div class="msg__body draft">${draft.body}${files.map((name) => html`<span class="file__name">${icon("clip")}${name}</span>`)}</div>
      ${failed
        ? html`<div class="msg__failed" role="alert">
            ${icon("alert")}<span>${draft.reason || say("unsent")}</span>
            ${draft.code === "dialog_taken"
              ? html`<button type="button" class="btn btn--small" @click=${() => actions.retry({ take: true })}>${say("take")}</button>`
              : html`<button type="button" class="btn btn--small" @click=${() => actions.retry()}>${say("retry")}</button>`}
            <button type="button" class="btn btn--small btn--quiet" @click=${() => actions.discard()}>${say("discard")}</button>
          </div>`
        : html`<div class="msg__foot">${icon("clock")}${say("sending")}</div>`}
    </div>
  </article>`;
}

export function showDraft(draft: Draft, mode: Mode): TemplateResult {
  const words = draft.text.replace(/\*\*|`|^#+ /gm, "");
  return html`<article class="msg msg--first msg--assistant ${mode === "dialog" ? "msg--ours" : ""}">
    <div class="msg__mark"><span class="avatar" aria-hidden="true">${icon("spark")}</span></div>
    <div class="msg__side">
      <div class="msg__body draft">
        ${words || html`<span class="thinking"><i></i><i></i><i></i></span>`}
      </div>
    </div>
  </article>`;
}
