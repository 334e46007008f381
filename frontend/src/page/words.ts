/** The few words that scripts of a page say by themselves. */
import { locale } from "./api.ts";

const WORDS = {
  en: {
    cancel: "Cancel",
    yes: "Yes",
    close: "Close",
    failed: "That did not work. Nothing was lost; please try again.",
    offline: "The server does not answer. Check the connection and try again.",
    copied: "Copied",
  },
  ru: {
    cancel: "Отмена",
    yes: "Да",
    close: "Закрыть",
    failed: "Не получилось. Ничего не потеряно, попробуйте ещё раз.",
    offline: "Сервер не отвечает. Проверьте связь и попробуйте ещё раз.",
    copied: "Скопировано",
  },
} as const;

export function say(key: keyof (typeof WORDS)["en"]): string {
  return WORDS[locale()][key];
}
