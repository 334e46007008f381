/** A header that is drawn anew would take its own open window away, with what was typed there: the news wait until it is closed. */
let waits = false;

const isOpen = (): boolean => document.querySelector("#dialog-head dialog[open]") !== null;

document.addEventListener(
  "bsd-changed",
  (event) => {
    if (!isOpen()) return;
    waits = true;
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener(
  "close",
  () => {
    if (!waits || isOpen()) return;
    waits = false;
    document.body.dispatchEvent(new CustomEvent("bsd-changed"));
  },
  true,
);
