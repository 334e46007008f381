/** The words of an operator's tools: files, ready replies, colleagues. */
import { locale } from "./api.ts";
import { fill } from "./words.ts";

const EN = {
  attach: "Attach files",
  files: "Files",
  drop: "Drop to attach",
  too_many: "A message carries {n} files at most.",
  uploading: "{name}: {n} %",
  waits: "{name}: waiting",
  ready: "{name} is attached",
  failed: "{name}: {reason}",
  retry: "Try again",
  remove: "Remove {name}",
  open: "Open {name}",
  download: "Download",
  canned: "Ready replies",
  canned_none: "No ready reply fits. They are made in Settings.",
  people: "Colleagues",
  people_none: "Nobody of that name.",
  mentioned: "{name} mentions you: {words}",
};

const RU: typeof EN = {
  attach: "Прикрепить файлы",
  files: "Файлы",
  drop: "Отпустите, чтобы прикрепить",
  too_many: "В сообщении не больше {n} файлов.",
  uploading: "{name}: {n} %",
  waits: "{name}: в очереди",
  ready: "Файл {name} прикреплён",
  failed: "{name}: {reason}",
  retry: "Повторить",
  remove: "Убрать {name}",
  open: "Открыть {name}",
  download: "Скачать",
  canned: "Готовые ответы",
  canned_none: "Подходящего ответа нет. Их заводят в настройках.",
  people: "Коллеги",
  people_none: "Никого с таким именем.",
  mentioned: "{name} зовёт вас: {words}",
};

export function tell(key: keyof typeof EN, params: Record<string, string | number> = {}): string {
  return fill((locale() === "ru" ? RU : EN)[key], params);
}

/** A size as people say it. */
export function sizeOf(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const format = { style: "unit", unit: units[power] as string, unitDisplay: power ? "short" : "long", maximumFractionDigits: power > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale(), format).format(bytes / 1024 ** power);
}

/** A duration such as 1:05. */
export function lengthOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
