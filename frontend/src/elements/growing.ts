/** An answer while it is written: finished blocks, each shown once, and the unfinished one. */
import { fromServer } from "../core/html.ts";
import { enrich } from "../rich/rich.ts";

const BLOCKS = "p, li, ul, ol, pre, pre > code, blockquote, h1, h2, h3, h4, h5, h6";

export class Growing {
  #body: HTMLElement;
  #open = document.createElement("div");

  constructor(body: HTMLElement) {
    this.#body = body;
    this.#open.className = "turn__open";
    this.reset();
  }

  get isThere(): boolean {
    return this.#body.isConnected;
  }

  /** The answer begins anew. */
  reset(): void {
    this.pause();
    this.#body.replaceChildren(this.#open);
  }

  /** The connection broke: what is unfinished comes once more. */
  pause(): void {
    this.#open.replaceChildren();
  }

  /** Reads the events of a stream along; `after` runs behind each of them. */
  read(source: EventSource, after: () => void = () => undefined): void {
    const on = <T>(name: string, heard: (told: T) => void): void =>
      source.addEventListener(name, (event) => {
        heard(JSON.parse((event as MessageEvent<string>).data) as T);
        after();
      });
    on("reset", () => this.reset());
    on<{ html: string }>("block", ({ html }) => this.#finished(fromServer(html, "")));
    on<{ html: string }>("draft", ({ html }) => this.#open.replaceChildren(fromServer(html, "")));
    on<{ text: string }>("tail", ({ text }) => deepest(this.#open).append(text));
  }

  #finished(blocks: DocumentFragment): void {
    const added = [...blocks.children];
    this.#open.before(blocks);
    this.#open.replaceChildren();
    for (const each of added) if (each.parentElement) enrichOne(each);
  }
}

/** What shows that the first word has not come yet. */
export function thinking(): HTMLElement {
  const dots = document.createElement("span");
  dots.className = "thinking";
  dots.append(...[0, 1, 2].map(() => document.createElement("i")));
  return dots;
}

/** The block in which the last words stand. */
function deepest(root: Element): Element {
  const inner = root.lastElementChild;
  const isLast = inner?.matches(BLOCKS) && !followed(inner);
  return inner && isLast ? deepest(inner) : root;
}

function followed(block: Element): boolean {
  const next = block.nextSibling;
  return next !== null && (next.textContent ?? "").trim() !== "";
}

/** A block by itself: it may be the code or the table, not only have one. */
function enrichOne(block: Element): void {
  const shell = document.createElement("div");
  block.replaceWith(shell);
  shell.append(block);
  enrich(shell);
  shell.replaceWith(...shell.childNodes);
}
