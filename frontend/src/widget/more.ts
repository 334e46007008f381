/** What is needed after an answer, or by few: a cited passage, the place in the queue, a contact to leave, settings, a sound, the puzzle. Loaded when the first of them does. */
import type { Api, Queue, Rating } from "./api.ts";
import { h } from "./dom.ts";
import { dress } from "./dress.ts";
import { form, type Kit, labelled } from "./form.ts";
import style from "./more.css?inline";
import type { Citation } from "../core/types.ts";
import { showPassage } from "./passage.ts";
import { isSolved, challengeState } from "./puzzle.ts";

export interface More {
  cite(kit: Kit, citation: Citation): Promise<void>;
  wait(kit: Kit): void;
  rate(kit: Kit, rated: (score: number) => void): Promise<void>;
  showSettings(kit: Kit): void;
  prove(api: Api, params: Record<string, unknown>): Promise<void>;
  ring(): void;
}

const EN = {
  queue: "You are number {n} in the queue",
  next: "You are next",
  away: "Nobody is here right now. Leave an e-mail or a telephone, and the answer will find you.",
  contact: "E-mail or telephone",
  leave: "Leave it",
  rate: "How was it?",
  score: "{n} of 5",
  comment: "A word more (optional)",
  later: "Not now",
  thanks: "Thank you! You gave {n} of 5.",
  change: "Change it",
  settings: "Settings",
  sound: "Sound for new messages",
  letter: "Send this conversation to",
  send: "Send",
  sent: "On its way.",
};

const RU: typeof EN = {
  queue: "Вы {n}-й в очереди",
  next: "Вы следующий",
  away: "Сейчас никого нет на месте. Оставьте почту или телефон: ответ вас найдёт.",
  contact: "Почта или телефон",
  leave: "Оставить",
  rate: "Как всё прошло?",
  score: "{n} из 5",
  comment: "Пару слов (можно не писать)",
  later: "Не сейчас",
  thanks: "Спасибо! Ваша оценка: {n} из 5.",
  change: "Изменить",
  settings: "Настройки",
  sound: "Звук новых сообщений",
  letter: "Отправить этот разговор на",
  send: "Отправить",
  sent: "Отправлено.",
};

const ASK_MS = 10_000;

function wordsOf({ config }: Kit): typeof EN {
  return config.locale === "ru" ? RU : EN;
}

let asking: ReturnType<typeof setInterval> | undefined;

/** Shows the place in the queue while the visitor waits, and asks where the answer may go when nobody is there. */
export function wait(kit: Kit): void {
  if (asking !== undefined) return;
  const words = wordsOf(kit);
  const stop = (): void => {
    clearInterval(asking);
    asking = undefined;
    kit.note("");
  };
  const look = async (): Promise<void> => {
    if (!kit.waits()) return stop();
    const { position, online, promised } = await kit.call(() => kit.api.call<Queue>("GET", "/queue"));
    if (!kit.waits()) return stop();
    const place = position === 1 ? words.next : words.queue.replace("{n}", String(position));
    kit.note(kit.config.queue && position ? place : "");
    const asks = kit.config.contact && !online && !promised;
    const shown = kit.slot.querySelector(".leave");
    if (asks && !shown && !kit.slot.firstChild) {
      kit.slot.replaceChildren(leave(kit, words));
      // Whoever has just called somebody is asked something: that comes before what they have read.
      const log = kit.slot.parentElement;
      if (log) log.scrollTop = log.scrollHeight;
    } else if (!asks && shown) kit.slot.replaceChildren();
  };
  const ask = (): void => void look().catch(() => undefined);
  asking = setInterval(ask, ASK_MS);
  ask();
}

function leave(kit: Kit, words: typeof EN): HTMLElement {
  const send = async (data: FormData): Promise<void> => {
    await kit.call(() => kit.api.send("/contact", { contact: data.get("contact") }));
    kit.slot.replaceChildren();
  };
  const input = h("input", { name: "contact", required: true, maxlength: "200", autocomplete: "email" });
  const made = form(kit, words.leave, send, h("p", { role: "status" }, words.away), labelled(words.contact, input));
  made.classList.add("leave");
  return made;
}

/** Asks how a conversation that has ended was, once for each end; what was said of it may be changed for a while. */
export async function rate(kit: Kit, rated: (score: number) => void): Promise<void> {
  const words = wordsOf(kit);
  const said = await kit.call(() => kit.api.call<Rating>("GET", "/rating"));
  if (!said.may_rate || said.resolution === kit.store.kept.dismissed || kit.slot.firstChild) return;
  const thank = (score: number): void => {
    const rows = [...made.childNodes];
    const again = (): void => {
      made.replaceChildren(...rows);
      kit.moved();
    };
    const change = h("button", { type: "button", class: "person", onclick: again }, words.change);
    made.replaceChildren(h("p", { role: "status" }, words.thanks.replace("{n}", String(score))), change);
  };
  const send = async (data: FormData): Promise<void> => {
    const score = Number(data.get("score"));
    await kit.call(() => kit.api.send("/rating", { score, comment: data.get("comment") }));
    thank(score);
    rated(score);
  };
  const dismiss = (): void => {
    kit.store.save({ dismissed: said.resolution ?? 0 });
    made.remove();
  };
  const scores = [1, 2, 3, 4, 5].map((n) => {
    const name = words.score.replace("{n}", String(n));
    const input = h("input", { type: "radio", name: "score", value: String(n), required: true, checked: n === said.score, "aria-label": name });
    return h("label", {}, input, h("span", { "aria-hidden": "true" }, String(n)));
  });
  const comment = labelled(words.comment, h("input", { name: "comment", maxlength: "1000", value: said.comment }));
  const made = form(kit, words.send, send, h("fieldset", { class: "scores" }, h("legend", {}, words.rate), ...scores), comment);
  made.append(h("button", { type: "button", class: "person", onclick: dismiss }, words.later));
  made.classList.add("rate");
  if (said.score) thank(said.score);
  dress(kit.slot, style);
  kit.slot.replaceChildren(made);
  kit.moved();
}

export function showSettings(kit: Kit): void {
  const words = wordsOf(kit);
  const sound = h("input", {
    type: "checkbox",
    role: "switch",
    onchange: () => {
      kit.store.save({ sound: sound.checked });
      if (sound.checked) ring();
    },
  });
  sound.checked = kit.store.kept.sound === true;
  const nodes: Node[] = [h("label", { class: "tick" }, sound, h("span", {}, words.sound))];
  if (kit.config.transcript && kit.store.kept.chat) {
    const send = async (data: FormData): Promise<void> => {
      await kit.call(() => kit.api.send("/transcript", { email: data.get("email") }));
      made.replaceChildren(h("p", { role: "status" }, words.sent));
    };
    const made = form(kit, words.send, send, labelled(words.letter, h("input", { name: "email", type: "email", required: true, maxlength: "254", autocomplete: "email" })));
    nodes.push(made);
  }
  dress(kit.slot, style);
  kit.show(words.settings, nodes);
}

/** Shows a cited passage. */
export async function cite(kit: Kit, citation: Citation): Promise<void> {
  dress(kit.slot, style);
  await showPassage(kit, citation);
}

let audio: AudioContext | undefined;

/** Two soft notes; a browser that wants a gesture first stays silent. */
export function ring(): void {
  audio ??= new AudioContext();
  const { currentTime, destination } = audio;
  [660, 880].forEach((frequency, at) => {
    const tone = new OscillatorNode(audio as AudioContext, { frequency });
    const gain = new GainNode(audio as AudioContext, { gain: 0 });
    const begin = currentTime + at * 0.14;
    gain.gain.setValueAtTime(0.08, begin);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + 0.25);
    tone.connect(gain).connect(destination);
    tone.start(begin);
    tone.stop(begin + 0.26);
  });
}

/** Tries numbers until one fits, letting the page breathe in between. */
export async function prove(api: Api, params: Record<string, unknown>): Promise<void> {
  const challenge = String(params["challenge"]);
  const bits = Number(params["bits"]);
  const state = challengeState(challenge);
  for (let at = 0; ; at += 1) {
    if (isSolved(state, String(at), bits)) return api.send("/proof", { challenge, solution: String(at) });
    if (at % 2000 === 1999) await new Promise((done) => setTimeout(done));
  }
}
