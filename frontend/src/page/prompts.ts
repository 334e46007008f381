/** Prompts of the library for the field where a model is asked, and the window that asks for their variables. */
import { api, list } from "./api.ts";
import { chatSay } from "./chatwords.ts";
import { say } from "./words.ts";

interface Variable {
  name: string;
  default: string | null;
}

export interface Prompt {
  id: string;
  name: string;
  line: string;
  tags: string[];
  variables: Variable[];
}

const MOST_PAGES = 3;

export async function fetchPrompts(): Promise<Prompt[]> {
  const found: Prompt[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const last = found.at(-1);
    const { rows, more } = await list<Prompt>(`/llm/prompts?limit=200${last ? `&after=${last.id}` : ""}`);
    found.push(...rows);
    if (!more) break;
  }
  return found;
}

/** A prompt's words, its variables filled; nothing where the window was closed. */
export async function wordsOf(prompt: Prompt): Promise<string> {
  const values = prompt.variables.length ? await askFor(prompt) : {};
  if (!values) return "";
  return (await api<{ text: string }>("POST", `/llm/prompts/${prompt.id}/filled`, { values })).text;
}

function field(variable: Variable): { label: HTMLElement; input: HTMLTextAreaElement } {
  const label = document.createElement("label");
  label.className = "field";
  const words = document.createElement("span");
  words.className = "field__label";
  words.textContent = variable.name;
  const input = document.createElement("textarea");
  input.className = "input";
  input.rows = 1;
  input.maxLength = 8000;
  input.value = variable.default ?? "";
  input.required = variable.default === null;
  label.append(words, input);
  return { label, input };
}

function button(words: string, kind: string, type: "submit" | "button"): HTMLButtonElement {
  const made = document.createElement("button");
  made.className = `btn ${kind}`;
  made.type = type;
  made.textContent = words;
  return made;
}

function askFor(prompt: Prompt): Promise<Record<string, string> | undefined> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog__body form";
  const title = document.createElement("h2");
  title.id = `prompt-${prompt.id}`;
  title.textContent = prompt.name;
  dialog.setAttribute("aria-labelledby", title.id);
  const fields = prompt.variables.map((each) => ({ name: each.name, ...field(each) }));
  const buttons = document.createElement("div");
  buttons.className = "buttons buttons--end";
  const cancel = button(say("cancel"), "", "button");
  cancel.addEventListener("click", () => dialog.close());
  buttons.append(cancel, button(chatSay("put"), "btn--primary", "submit"));
  form.append(title, ...fields.map(({ label }) => label), buttons);
  form.addEventListener("submit", () => (dialog.returnValue = "put"));
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "put") return resolve(undefined);
      resolve(Object.fromEntries(fields.map(({ name, input }) => [name, input.value])));
    });
  });
}
