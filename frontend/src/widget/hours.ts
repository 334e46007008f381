/** When people are there. */
import type { Config, Hours } from "./api.ts";
import type { Say } from "./words.ts";

const DAY_MS = 86_400_000;

/** Says when people are back, in the visitor's own time; nothing while they are there. */
export function backAt({ hours, locale }: Config, say: Say): string {
  const at = new Date(hours?.next ?? 0);
  const ahead = at.getTime() - Date.now();
  if (hours?.open !== false || ahead < 0) return "";
  const day: Intl.DateTimeFormatOptions = ahead < 6 * DAY_MS ? { weekday: "long" } : { day: "numeric", month: "long" };
  return say("back_at", { when: at.toLocaleString(locale, { ...day, hour: "numeric", minute: "2-digit" }) });
}

/** Whether people have come or gone since; told once, for it is asked for again then. */
export function isPast(hours: Hours): boolean {
  const past = Date.parse((hours.open ? hours.until : hours.next) ?? "") < Date.now();
  if (past) hours.until = hours.next = null;
  return past;
}
