/** Formulas as MathML, which browsers set by themselves; loaded with the first formula. */
import katex from "katex";

/** Sets a formula in place of its TeX; TeX that is none stays as it was written. */
export function set(code: HTMLElement, display: boolean): void {
  const host = document.createElement(display ? "div" : "span");
  host.className = display ? "formula formula--display" : "formula";
  try {
    katex.render(code.textContent ?? "", host, {
      output: "mathml", displayMode: display, throwOnError: true, trust: false, strict: "ignore", maxExpand: 500, maxSize: 20,
    });
  } catch {
    return;
  }
  if (display) host.tabIndex = 0;
  (code.parentElement?.matches("pre") ? code.parentElement : code).replaceWith(host);
}
