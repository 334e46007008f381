/** `<bsd-desk waiting mine wrote href>`: the keyboard of the inbox, notifications, the sound, and the zone that forms send. */
import type { Frame, Sender } from "../core/types.ts";
import { actorId } from "../page/api.ts";
import { connection } from "../page/socket.ts";
import type { Composer } from "./composer.ts";

const SOUND = "besedka:sound";
const TYPES = "input, textarea, select, [contenteditable]";

interface News {
  id: string;
  state: string;
  assignee: Sender | null;
  contact: Sender | null;
  last_seq: number;
  waiting_since: string | null;
  preview: string;
  preview_internal: boolean;
}

/** Whose a dialog is, and how far it was, when we last heard of it. */
interface Known {
  whose: "waiting" | "mine" | "other";
  seq: number;
}

function whoseIs({ state, assignee }: News): Known["whose"] {
  if (state !== "open" || (assignee && assignee.id !== actorId())) return "other";
  return assignee ? "mine" : "waiting";
}

class Desk extends HTMLElement {
  #known = new Map<string, Known>();
  /** Whether we have heard of all that are open: any other has not been. */
  #all = false;
  #leave: (() => void) | undefined;

  connectedCallback(): void {
    this.#leave = connection().stream("inbox", (frame) => this.#heard(frame));
    document.addEventListener("keydown", this.#pressed);
    document.addEventListener("submit", this.#sent, true);
    document.addEventListener("click", this.#clicked);
    document.addEventListener("bsd-listed", this.#listed);
    this.#offer();
  }

  disconnectedCallback(): void {
    this.#leave?.();
    document.removeEventListener("keydown", this.#pressed);
    document.removeEventListener("submit", this.#sent, true);
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("bsd-listed", this.#listed);
  }

  // --- keyboard ---------------------------------------------------------------------------

  #pressed = (event: KeyboardEvent): void => {
    const target = event.target as Element;
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest(TYPES);
    if (event.defaultPrevented || busy || document.querySelector("dialog[open]")) return;
    if (this.#act(event.key)) event.preventDefault();
  };

  #act(key: string): boolean {
    switch (key) {
      case "j":
        return this.#go(1);
      case "k":
        return this.#go(-1);
      case "x":
        return this.#pick();
      case "r":
        return this.#write(false);
      case "n":
        return this.#write(true);
      case "?":
        return this.#press(document.querySelector("[data-dialog='window-keys']"));
      default:
        return /^[a-z/]$/.test(key) && this.#press(document.querySelector(`[data-key="${key}"]`));
    }
  }

  #go(step: number): boolean {
    const rows = [...document.querySelectorAll<HTMLElement>(".pane--list a.item")];
    const here = rows.findIndex((row) => row === document.activeElement);
    const open = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const at = here >= 0 ? here + step : open >= 0 ? open + step : 0;
    rows[Math.min(Math.max(at, 0), rows.length - 1)]?.focus();
    return rows.length > 0;
  }

  #pick(): boolean {
    const box = document.activeElement?.closest(".pick")?.querySelector<HTMLInputElement>("input");
    box?.click();
    return box !== null && box !== undefined;
  }

  #write(note: boolean): boolean {
    const composer = document.querySelector<Composer>("bsd-composer");
    if (!composer) return false;
    composer.internal = note;
    void composer.updateComplete.then(() => composer.querySelector("textarea")?.focus());
    return true;
  }

  #press(target: Element | null): boolean {
    if (target instanceof HTMLFormElement) target.requestSubmit();
    else if (target instanceof HTMLInputElement) {
      const folded = target.closest("details");
      if (folded) folded.open = true;
      target.focus();
    } else if (target instanceof HTMLElement) target.click();
    return target !== null;
  }

  // --- forms ------------------------------------------------------------------------------

  /** What "tomorrow" means depends on where the person is. */
  #sent = (event: SubmitEvent): void => {
    const zone = (event.target as Element).querySelector<HTMLInputElement>("[data-zone]");
    if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  };

  // --- notifications ----------------------------------------------------------------------

  #clicked = (event: MouseEvent): void => {
    const target = event.target as Element;
    if (target.closest("[data-notify]")) void Notification.requestPermission().then(() => this.#offer());
    if (target.closest("[data-sound]")) {
      if (this.#sounds) localStorage.removeItem(SOUND);
      else localStorage.setItem(SOUND, "on");
      this.#offer();
      this.#sound();
    }
  };

  get #sounds(): boolean {
    return localStorage.getItem(SOUND) === "on";
  }

  #offer(): void {
    const ask = "Notification" in window && Notification.permission === "default";
    for (const each of document.querySelectorAll<HTMLElement>("[data-notify]")) each.hidden = !ask;
    for (const each of document.querySelectorAll("[data-sound]")) each.setAttribute("aria-pressed", String(this.#sounds));
  }

  /** What the list shows is no news: only what changes from here on is. */
  #listed = (event: Event): void => {
    const { rows, all } = (event as CustomEvent<{ rows: News[]; all: boolean }>).detail;
    for (const row of rows) this.#known.set(row.id, { whose: whoseIs(row), seq: row.last_seq });
    this.#all ||= all;
  };

  #heard(frame: Frame): void {
    const news = frame.data as unknown as News | undefined;
    if (frame.chat === undefined || !news?.state) return;
    const whose = whoseIs(news);
    const before = this.#known.get(frame.chat) ?? (this.#all ? { whose: "other", seq: 0 } : undefined);
    this.#known.set(frame.chat, { whose, seq: news.last_seq });
    const what = this.#matters(news, whose, before);
    if (!what || document.hasFocus()) return;
    this.#sound();
    const name = news.contact?.name ?? "";
    this.#notify(frame.chat, this.getAttribute(what) ?? "", what === "wrote" ? `${name}: ${news.preview}` : name);
  }

  /** Somebody waits for people; a dialog was given to us; the visitor of our own dialog has written. */
  #matters(news: News, whose: Known["whose"], before: Known | undefined): string | undefined {
    if (whose === "waiting") return before?.whose === "waiting" ? undefined : "waiting";
    if (whose !== "mine") return undefined;
    if (before && before.whose !== "mine") return "mine";
    const wrote = news.waiting_since !== null && !news.preview_internal && news.last_seq > (before?.seq ?? news.last_seq - 1);
    return wrote ? "wrote" : undefined;
  }

  #notify(chat: string, title: string, body: string): void {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification(title, { body, tag: chat });
    shown.onclick = () => {
      window.focus();
      location.assign(`${this.getAttribute("href") ?? ""}/${chat}`);
    };
  }

  #sound(): void {
    if (!this.#sounds) return;
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    loud.gain.setValueAtTime(0.08, audio.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.4);
    tone.frequency.value = 660;
    tone.connect(loud).connect(audio.destination);
    tone.onended = () => void audio.close();
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  }
}

customElements.define("bsd-desk", Desk);
