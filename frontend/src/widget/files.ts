/** Files: those that wait to be sent, and those of messages. Loaded with the first of them. */
import { unblur } from "../core/thumbhash.ts";
import type { Attachment, Message } from "../core/types.ts";
import { h, sign } from "./dom.ts";
import { dress } from "./dress.ts";
import style from "./files.css?inline";
import type { Kit } from "./form.ts";

/** What goes along with a message. */
export interface Taken extends Record<string, unknown> {
  attachments: string[];
  names: string[];
}

export interface Tray {
  add(files: File[]): void;
  /** Returns what is ready and forgets it: undefined without files, null while some are on their way or have failed. */
  take(): Taken | null | undefined;
  clear(): void;
}

export interface FilesPart {
  openTray(kit: () => Kit): Tray;
  showFiles(kit: Kit, message: Message, slot: HTMLElement): void;
}

const EN = {
  files: "Files to send",
  remove: "Remove {name}",
  uploading: "{name} is on its way",
  ready: "{name} is ready to send",
  retry: "Try again",
  most: "At most {n} files go into one message.",
  failed: "That did not work. Please try again.",
  open: "Open {name}",
  download: "Download {name}",
};

const RU: typeof EN = {
  files: "Файлы к отправке",
  remove: "Убрать {name}",
  uploading: "{name} загружается",
  ready: "{name} можно отправлять",
  retry: "Повторить",
  most: "В одном сообщении не больше {n} файлов.",
  failed: "Не получилось. Попробуйте ещё раз.",
  open: "Открыть {name}",
  download: "Скачать {name}",
};

const MOST = 10;
const MOST_WIDE = 320;
const MOST_HIGH = 240;
const KEPT_MS = 60_000;
const CROSS = "m7 7 10 10M17 7 7 17";
const FILE = "M13.500 3.500H7A1.500 1.500 0 0 0 5.500 5v14A1.500 1.500 0 0 0 7 20.500h10a1.500 1.500 0 0 0 1.500-1.500V8.500zM13.500 3.500v5h5";

type Say = (key: keyof typeof EN, params?: Record<string, string | number>) => string;

function sayIn({ config }: Kit): Say {
  const words = config.locale === "ru" ? RU : EN;
  return (key, params = {}) => words[key].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
}

function sizeOf(bytes: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const format = { style: "unit", unit: units[power] as string, unitDisplay: power ? "short" : "long", maximumFractionDigits: power > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale, format).format(bytes / 1024 ** power);
}

interface Answer {
  id?: string;
  detail?: string;
}

interface Ends {
  progress(part: number): void;
  done(id: string): void;
  /** Without words nobody refused it. */
  failed(words: string, again: boolean): void;
}

/** Sends one file; XMLHttpRequest, because fetch does not tell how far an upload is. Returns how to give it up. */
function upload(kit: Kit, file: File, ends: Ends, renewed = false): () => void {
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("file", file);
  request.open("POST", `${kit.api.base}/files`);
  for (const [name, value] of Object.entries(kit.api.headers)) request.setRequestHeader(name, value);
  request.responseType = "json";
  let cancel = (): void => request.abort();
  request.upload.onprogress = ({ loaded, total }) => ends.progress(loaded / (total || 1));
  request.onload = () => {
    const { id, detail } = (request.response ?? {}) as Answer;
    if (request.status < 300 && id) return ends.done(id);
    if (request.status !== 401 || renewed) return ends.failed(detail ?? "", request.status >= 500 || request.status === 429);
    // The session has ended: any call renews it.
    let given = false;
    cancel = () => void (given = true);
    kit.call(() => kit.api.call("GET", "/queue")).then(
      () => {
        if (!given) cancel = upload(kit, file, ends, true);
      },
      () => {
        if (!given) ends.failed("", true);
      },
    );
  };
  request.onerror = () => ends.failed("", true);
  request.send(body);
  return () => cancel();
}

interface Entry {
  file: File;
  state: "sending" | "ready" | "failed";
  id: string;
  row: HTMLElement;
  cancel(): void;
}

export function openTray(kitNow: () => Kit): Tray {
  let entries: Entry[] = [];
  let wanted = false;
  const list = h("ul");
  const wrong = h("p", { class: "wrong", role: "alert" });
  const tray = h("div", { class: "tray" }, list, wrong);

  /** Shows the tray in whatever panel there is now. */
  const show = (): void => {
    const kit = kitNow();
    dress(kit.slot, style);
    list.setAttribute("aria-label", sayIn(kit)("files"));
    tray.hidden = !entries.length && !wrong.textContent;
    if (tray.parentNode !== kit.footer) kit.footer.lastElementChild?.before(tray);
    kit.place();
  };
  const settle = (): void => {
    show();
    if (!wanted || entries.some((each) => each.state === "sending")) return;
    wanted = false;
    if (entries.length && entries.every((each) => each.state === "ready")) kitNow().send();
  };
  const remove = (entry: Entry): void => {
    entry.cancel();
    entry.row.remove();
    entries = entries.filter((each) => each !== entry);
    wrong.textContent = "";
    wanted = false;
    show();
    kitNow().footer.querySelector("textarea")?.focus();
  };
  const start = (entry: Entry): void => {
    const kit = kitNow();
    const say = sayIn(kit);
    const { name, size } = entry.file;
    const bar = h("progress", { max: "1", value: "0", "aria-label": say("uploading", { name }) });
    const under = h("span", { class: "quiet" }, bar);
    entry.state = "sending";
    entry.row.classList.remove("bad");
    entry.row.replaceChildren(
      sign(FILE),
      h("span", { class: "about" }, h("span", { class: "cut" }, name), under),
      h("button", { type: "button", class: "tap", "aria-label": say("remove", { name }), title: say("remove", { name }), onclick: () => remove(entry) }, sign(CROSS)),
    );
    entry.cancel = upload(kit, entry.file, {
      progress: (part) => (bar.value = part),
      done: (id) => {
        entry.id = id;
        entry.state = "ready";
        under.replaceChildren(h("span", { role: "status", "aria-label": say("ready", { name }) }, sizeOf(size, kit.config.locale)));
        settle();
      },
      failed: (words, again) => {
        entry.state = "failed";
        entry.row.classList.add("bad");
        under.replaceChildren(h("span", { role: "alert" }, words || say("failed")));
        if (again) under.append(" ", h("button", { type: "button", class: "again", onclick: () => start(entry) }, say("retry")));
        settle();
      },
    });
  };
  const clear = (): Entry[] => {
    const taken = entries;
    entries = [];
    wanted = false;
    list.replaceChildren();
    wrong.textContent = "";
    show();
    return taken;
  };
  return {
    add: (files) => {
      const room = MOST - entries.length;
      if (files.length) wanted = false;
      wrong.textContent = files.length > room ? sayIn(kitNow())("most", { n: MOST }) : "";
      for (const file of files.slice(0, Math.max(0, room))) {
        const entry: Entry = { file, state: "sending", id: "", row: h("li"), cancel: () => undefined };
        entries.push(entry);
        list.append(entry.row);
        start(entry);
      }
      show();
      if (files.length) kitNow().footer.querySelector("textarea")?.focus();
    },
    take: () => {
      if (!entries.length) return undefined;
      wanted = entries.some((each) => each.state === "sending");
      if (wanted || entries.some((each) => each.state === "failed")) return null;
      const taken = clear();
      return { attachments: taken.map((each) => each.id), names: taken.map((each) => each.file.name) };
    },
    clear: () => {
      for (const each of clear()) each.cancel();
    },
  };
}

/** Small copies that were loaded once, for messages that are drawn again. */
const known = new Map<string, Promise<Blob>>();

async function load(kit: Kit, message: Message, file: Attachment, variant = ""): Promise<Blob> {
  const path = `/messages/${message.id}/attachments/${file.id}${variant && `?variant=${variant}`}`;
  return (await kit.call(() => kit.api.fetch(path, {}))).blob();
}

function thumbnail(kit: Kit, message: Message, file: Attachment): Promise<Blob> {
  const found = known.get(file.id) ?? load(kit, message, file, "thumbnail");
  known.set(file.id, found);
  found.catch(() => known.delete(file.id));
  return found;
}

/** Shows a message's files where their names stood. */
export function showFiles(kit: Kit, message: Message, slot: HTMLElement): void {
  dress(kit.slot, style);
  slot.replaceChildren(...(message.attachments ?? []).map((file) => (file.kind === "image" && file.width ? picture : card)(kit, message, file)));
  kit.place();
}

function card(kit: Kit, message: Message, file: Attachment): HTMLElement {
  const { name, size } = file;
  const about = h("span", { class: "quiet", role: "status" }, sizeOf(size, kit.config.locale));
  const made = h("button", {
    type: "button",
    class: "card",
    title: sayIn(kit)("download", { name }),
    onclick: () => {
      if (made.ariaBusy) return;
      made.ariaBusy = "true";
      save(kit, message, file)
        .catch(() => (about.textContent = sayIn(kit)("failed")))
        .finally(() => (made.ariaBusy = null));
    },
  }, sign(FILE), h("span", { class: "about" }, h("span", { class: "cut" }, name), about));
  return made;
}

async function save(kit: Kit, message: Message, file: Attachment): Promise<void> {
  const href = URL.createObjectURL(await load(kit, message, file));
  h("a", { href, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}

/** A place for a picture in its size. A canvas, because the page's policy may forbid pictures from here. */
function frame({ width, height }: Attachment, most: [number, number]): HTMLCanvasElement {
  const [w, h0] = [width ?? most[0], height ?? most[1]];
  const scale = Math.min(1, most[0] / w, most[1] / h0);
  const side = (size: number): string => String(Math.max(1, Math.round(size * scale)));
  return h("canvas", { width: side(w), height: side(h0) });
}

async function paint(canvas: HTMLCanvasElement, blob: Blob): Promise<void> {
  const image = await createImageBitmap(blob);
  const pen = canvas.getContext("2d");
  pen?.clearRect(0, 0, canvas.width, canvas.height);
  pen?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
}

function blur(canvas: HTMLCanvasElement, hash: string): void {
  const found = unblur(Uint8Array.from(atob(hash), (each) => each.charCodeAt(0)));
  if (!found) return;
  const small = h("canvas", { width: String(found.width), height: String(found.height) });
  small.getContext("2d")?.putImageData(new ImageData(found.pixels, found.width, found.height), 0, 0);
  canvas.getContext("2d")?.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** Loads a picture once it comes into sight; what cannot be shown can still be had. */
function picture(kit: Kit, message: Message, file: Attachment): HTMLElement {
  const label = sayIn(kit)("open", { name: file.name });
  const canvas = frame(file, [MOST_WIDE, MOST_HIGH]);
  const made = h("button", { type: "button", class: "picture", "aria-label": label, title: file.name, onclick: () => enlarge(kit, message, file) }, canvas);
  if (file.placeholder) blur(canvas, file.placeholder);
  const seen = new IntersectionObserver(([entry]) => {
    if (!entry?.isIntersecting) return;
    seen.disconnect();
    thumbnail(kit, message, file)
      .then((blob) => paint(canvas, blob))
      .then(
        () => made.toggleAttribute("data-shown", true),
        () => made.replaceWith(card(kit, message, file)),
      );
  });
  seen.observe(made);
  return made;
}

function enlarge(kit: Kit, message: Message, file: Attachment): void {
  const canvas = frame(file, [1280, 1280]);
  canvas.role = "img";
  canvas.ariaLabel = file.name;
  if (file.placeholder) blur(canvas, file.placeholder);
  kit.show(file.name, [canvas, card(kit, message, file)]);
  load(kit, message, file, "preview")
    .then((blob) => paint(canvas, blob))
    .catch(() => canvas.remove());
}
