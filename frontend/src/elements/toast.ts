/** A short word at the lower edge: `toast("Saved")`, or `<bsd-toast>` rendered by the server. */
const SECONDS = 6;

function show(element: HTMLElement): void {
  element.classList.add("toast");
  let timer = 0;
  const leave = () => element.remove();
  const start = () => {
    timer = window.setTimeout(leave, SECONDS * 1000);
  };
  element.addEventListener("pointerenter", () => window.clearTimeout(timer));
  element.addEventListener("pointerleave", start);
  element.addEventListener("click", leave);
  start();
}

class Toast extends HTMLElement {
  connectedCallback(): void {
    show(this);
  }
}

customElements.define("bsd-toast", Toast);

export function toast(words: string, kind: "" | "bad" = ""): void {
  const made = document.createElement("bsd-toast");
  made.textContent = words;
  if (kind) made.classList.add(`toast--${kind}`);
  document.getElementById("toasts")?.append(made);
}
