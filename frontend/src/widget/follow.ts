/** Where the log stands: it follows what comes unless the visitor scrolled away. */
import type { Panel } from "./panel.ts";

export class Follow {
  /** By the beginning of what is new, at its end, or not, as the visitor scrolled. */
  #how: "new" | "end" | "" = "new";
  #placed = 0;
  #panel: Panel;

  constructor(panel: Panel) {
    this.#panel = panel;
    panel.scroll.addEventListener("scroll", () => this.#scrolled());
    // A growing field or a keyboard makes the log smaller: its last line stays in sight.
    new ResizeObserver(() => this.place()).observe(panel.scroll);
  }

  toNewest(): void {
    this.#how = "new";
    this.place();
  }

  /** At the end without having read along: what arrived is new from its first line. */
  grew(): void {
    if (this.#how === "end") this.#how = "new";
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#panel.scroll;
    if (Math.abs(scrollTop - this.#placed) < 2) return;
    this.#how = scrollHeight - scrollTop - clientHeight < 60 ? "end" : "";
  }

  /** Shows the end, but of a long answer the beginning: nobody reads from the last line upwards. A notice below it is seen. */
  place(): void {
    if (!this.#how) return;
    const { drafts, log, scroll } = this.#panel;
    const newest = drafts.lastElementChild ?? log.lastElementChild;
    const end = scroll.scrollHeight - scroll.clientHeight;
    const answers = this.#how === "new" && newest && !newest.matches(".mine, .log, .system");
    const start = answers ? newest.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 12 : end;
    scroll.scrollTop = Math.min(start, end);
    this.#placed = scroll.scrollTop;
  }
}
