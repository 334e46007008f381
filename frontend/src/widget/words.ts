/** The widget's own words; `config.texts` may replace any of them. */

const EN = {
  open: "Open chat",
  close: "Close chat",
  write: "Write a message",
  send: "Send",
  person: "Talk to a person",
  called: "A person will join here",
  joined: "{name} joined the conversation",
  resolved: "The conversation has ended. Write again whenever you like.",
  thinking: "Looking it up…",
  typing: "{name} is typing…",
  offline: "No connection. Your messages will be sent later.",
  unsent: "Waiting for the connection",
  retry: "Try again",
  source: "Source {n}: {title}",
  sources: "Sources",
  back: "Back",
  log: "Conversation",
  unread: "{n} unread",
  failed: "That did not work. Please try again.",
  deleted: "Message deleted",
  edited: "edited",
  more: "Settings",
  attach: "Attach files",
  back_at: "People are back: {when}",
};

const RU: typeof EN = {
  open: "Открыть чат",
  close: "Закрыть чат",
  write: "Напишите сообщение",
  send: "Отправить",
  person: "Позвать человека",
  called: "Человек ответит здесь",
  joined: "Теперь отвечает {name}",
  resolved: "Разговор завершён. Если появится вопрос, пишите.",
  thinking: "Ищу ответ…",
  typing: "{name} печатает…",
  offline: "Нет связи. Сообщения уйдут, когда она появится.",
  unsent: "Ждёт связи",
  retry: "Повторить",
  source: "Источник {n}: {title}",
  sources: "Источники",
  back: "Назад",
  log: "Разговор",
  unread: "Непрочитанных: {n}",
  failed: "Не получилось. Попробуйте ещё раз.",
  deleted: "Сообщение удалено",
  edited: "изменено",
  more: "Настройки",
  attach: "Прикрепить файлы",
  back_at: "Люди вернутся: {when}",
};

export type Key = keyof typeof EN;
export type Say = (key: Key, params?: Record<string, string | number>) => string;

export function speak(locale: string, own: Partial<Record<Key, string>> = {}): Say {
  const words = { ...(locale.startsWith("ru") ? RU : EN), ...own };
  return (key, params = {}) =>
    words[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
