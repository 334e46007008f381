/** "Are you sure?", in a window of our own. */
import { say } from "./words.ts";

function button(label: string, kind: string, value: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.className = `btn ${kind}`;
  made.value = value;
  made.textContent = label;
  return made;
}

export function ask(question: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog__body";
  const words = document.createElement("p");
  words.textContent = question;
  const buttons = document.createElement("div");
  buttons.className = "buttons buttons--end";
  const cancel = button(say("cancel"), "", "");
  cancel.autofocus = true;
  buttons.append(cancel, button(say("yes"), "btn--danger", "yes"));
  form.append(words, buttons);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}
