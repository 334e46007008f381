/** What an answer is besides words: code with its colours and a button, formulas, diagrams, wide tables. Each is done once. */
import { chatSay } from "../page/chatwords.ts";

const COPIED_MS = 2000;
const MOST_HIGH = 2000;

export function enrich(root: ParentNode): void {
  for (const code of root.querySelectorAll<HTMLElement>("code.language-math")) void math(code);
  for (const code of root.querySelectorAll<HTMLElement>("pre > code:not(.language-math)")) frame(code);
  for (const table of root.querySelectorAll("table")) roomy(table);
}

async function math(code: HTMLElement): Promise<void> {
  const display = code.matches(".language-display, pre > code");
  const { set } = await import("./math.ts");
  if (code.isConnected) set(code, display);
}

function languageOf(code: HTMLElement): string {
  return /\blanguage-([\w+#.-]+)/.exec(code.className)?.[1]?.toLowerCase() ?? "";
}

function copyButton(words: () => string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn--small btn--quiet";
  button.textContent = chatSay("copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(words());
    button.textContent = chatSay("copied");
    window.setTimeout(() => (button.textContent = chatSay("copy")), COPIED_MS);
  });
  return button;
}

/** Puts code under a line with its language and a button that copies it. */
function frame(code: HTMLElement): void {
  const pre = code.parentElement;
  if (!pre || pre.parentElement?.matches(".codebox")) return;
  const language = languageOf(code);
  const box = document.createElement("figure");
  box.className = "codebox";
  const head = document.createElement("figcaption");
  head.className = "codebox__head";
  const name = document.createElement("span");
  name.textContent = language || chatSay("code");
  const text = code.textContent ?? "";
  head.append(name, copyButton(() => text));
  pre.replaceWith(box);
  pre.tabIndex = 0;
  box.append(head, pre);
  if (language === "mermaid") diagram(box, pre, text);
  else if (language) void import("./code.ts").then(({ colour }) => colour(code, language));
}

/** Draws a diagram in a frame that can reach nothing of the page; until then, and if it fails, its source is shown. */
function diagram(box: HTMLElement, pre: HTMLElement, text: string): void {
  const view = document.createElement("iframe");
  view.setAttribute("sandbox", "allow-scripts");
  view.className = "diagram";
  view.title = chatSay("diagram");
  view.height = "0";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = document.documentElement.dataset["theme"] ?? (dark ? "dark" : "light");
  const heard = (event: MessageEvent): void => {
    if (event.source !== view.contentWindow) return;
    const { ready, height, failed } = event.data as { ready?: boolean; height?: number; failed?: boolean };
    if (ready) view.contentWindow?.postMessage({ text, theme }, "*");
    if (height) {
      view.height = String(Math.min(MOST_HIGH, Math.ceil(height)));
      folded(pre);
    }
    if (failed) view.remove();
    if (height || failed || !view.isConnected) removeEventListener("message", heard);
  };
  addEventListener("message", heard);
  view.src = "/diagram";
  box.querySelector(".codebox__head")?.after(view);
}

/** Under a drawn diagram its source can be opened. */
function folded(pre: HTMLElement): void {
  const details = document.createElement("details");
  details.className = "small";
  const summary = document.createElement("summary");
  summary.textContent = chatSay("source");
  pre.replaceWith(details);
  details.append(summary, pre);
}

/** A table that is wider than the answer scrolls by itself. */
function roomy(table: HTMLTableElement): void {
  if (table.parentElement?.matches(".prose__table")) return;
  const room = document.createElement("div");
  room.className = "prose__table";
  room.tabIndex = 0;
  room.role = "region";
  room.ariaLabel = chatSay("table");
  table.replaceWith(room);
  room.append(table);
}
