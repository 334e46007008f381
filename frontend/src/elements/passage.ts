/** The window that a citation opens: where the words stand in the source, marked. */
import { html, nothing, render } from "lit";
import { splitQuote } from "../core/citations.ts";
import type { Citation } from "../core/types.ts";
import { api } from "../page/api.ts";
import { say } from "../page/words.ts";
import { icon } from "./icons.ts";

interface Passage {
  text?: string;
}

function draw(into: HTMLElement, citation: Citation, text: string): void {
  const heading = Array.isArray(citation.heading) ? citation.heading.join(" › ") : citation.heading;
  const where = [heading, citation.page ? say("page", { n: citation.page }) : ""].filter(Boolean).join(" · ");
  const [before, quoted, after] = splitQuote(text, citation.quote ?? "");
  const url = citation.url && /^https?:/.test(citation.url) ? citation.url : "";
  render(
    html`<div class="dialog__body">
      <header class="dialog__head">
        <h2>${citation.title}</h2>
        <button class="btn btn--quiet btn--icon btn--small" type="button" data-close title=${say("close")}>
          ${icon("close")}<span class="sr-only">${say("close")}</span>
        </button>
      </header>
      ${where ? html`<p class="muted small">${where}</p>` : nothing}
      <p class="passage">${before}${quoted ? html`<mark>${quoted}</mark>` : nothing}${after}</p>
      ${url ? html`<p><a href=${url} target="_blank" rel="noopener noreferrer">${say("whole")}</a></p>` : nothing}
    </div>`,
    into,
  );
}

/** Shows the quote at once and the whole passage as soon as it is there; `path` has `{chunk}` and `{source}`. */
export async function openPassage(citation: Citation, path: string): Promise<void> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", citation.title);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  draw(dialog, citation, citation.quote ?? "");
  dialog.showModal();
  if (!path) return;
  const address = path.replace("{chunk}", citation.chunk).replace("{source}", citation.source);
  const whole = await api<Passage>("GET", address).catch(() => undefined);
  if (whole?.text) draw(dialog, citation, whole.text);
}
