/** `<bsd-due chat>`: the next due moment of a dialog in a list, live. All of a page share one reading of what is due. */
import type { Frame } from "../core/types.ts";
import { list } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import { say } from "../page/words.ts";

interface Due {
  chat: string;
  promise: "first" | "reply" | "resolution";
  due_at: string;
  warn_at: string;
}

/** A burst of news asks once. */
const TOGETHER_MS = 500;
/** How often what stands is looked at: a due moment that has come turns red by itself. */
const LOOK_MS = 15_000;
const MOST = 200;

const shown = new Set<DueElement>();
let known: Map<string, Due> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let leave: (() => void) | undefined;
let ticking: ReturnType<typeof setInterval> | undefined;
let asked = 0;

function begin(): void {
  leave ??= connection().stream("inbox", (_frame: Frame) => {
    timer ??= setTimeout(() => void read(), TOGETHER_MS);
  });
  ticking ??= setInterval(() => shown.forEach((each) => each.show()), LOOK_MS);
}

function end(): void {
  leave?.();
  clearInterval(ticking);
  leave = ticking = undefined;
}

async function read(): Promise<void> {
  timer = undefined;
  const mine = ++asked;
  const found = await list<Due>(`/dialogs/sla?limit=${MOST}`).catch(() => undefined);
  if (!found || mine !== asked) return;
  known = new Map(found.rows.map((row) => [row.chat, row]));
  shown.forEach((each) => each.show());
}

function stands(due: Due, now = Date.now()): "ok" | "soon" | "late" {
  if (now >= Date.parse(due.due_at)) return "late";
  return now >= Date.parse(due.warn_at) ? "soon" : "ok";
}

class DueElement extends HTMLElement {
  static observedAttributes = ["chat"];

  connectedCallback(): void {
    shown.add(this);
    begin();
    this.show();
  }

  disconnectedCallback(): void {
    shown.delete(this);
    if (shown.size === 0) end();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.show();
  }

  /** Until the first reading the server's words stand. */
  show(): void {
    if (!known) return;
    const due = known.get(this.getAttribute("chat") ?? "");
    if (!due) {
      this.replaceChildren();
      return;
    }
    const state = stands(due);
    const badge = document.createElement("span");
    badge.className = `due due--${state}`;
    const heard = document.createElement("span");
    heard.className = "sr-only";
    heard.textContent = `${say(`due_${state}`)}: ${say(`promise_${due.promise}`)}, `;
    const time = document.createElement("bsd-time");
    time.setAttribute("datetime", due.due_at);
    time.setAttribute("form", "ago");
    badge.append(heard, time);
    this.replaceChildren(badge);
  }
}

/** `<bsd-standing chat>`: what the pane of a dialog says of its promises and rating; asks for a new one when the dialog has news. */
class Standing extends HTMLElement {
  #leave: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    this.#leave = connection().stream("inbox", (frame) => {
      if (frame.chat === this.getAttribute("chat")) this.#timer ??= setTimeout(() => this.#ask(), TOGETHER_MS);
    });
  }

  disconnectedCallback(): void {
    this.#leave?.();
    clearTimeout(this.#timer);
  }

  #ask(): void {
    this.#timer = undefined;
    this.dispatchEvent(new CustomEvent("bsd-changed", { bubbles: true }));
  }
}

customElements.define("bsd-due", DueElement);
customElements.define("bsd-standing", Standing);
