/** A header that is drawn anew would take its own open window or menu away, with what was typed there: the news wait until it is closed. */
let waits = false;

const isOpen = (): boolean => document.querySelector("#dialog-head :is(dialog, details.menu)[open]") !== null;

document.addEventListener(
  "bsd-changed",
  (event) => {
    if (!isOpen()) return;
    waits = true;
    event.stopImmediatePropagation();
  },
  true,
);

function tellClosed(): void {
  if (!waits || isOpen()) return;
  waits = false;
  document.body.dispatchEvent(new CustomEvent("bsd-changed"));
}

document.addEventListener("close", tellClosed, true);
document.addEventListener("toggle", tellClosed, true);

/** The same for an answer that was already under way. */
document.addEventListener("htmx:before:swap", (event) => {
  if ((event.target as Element).id !== "dialog-head" || !isOpen()) return;
  waits = true;
  event.preventDefault();
});
