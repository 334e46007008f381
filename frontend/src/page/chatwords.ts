/** The words of a chat with a model that scripts say by themselves. */
import { locale } from "./api.ts";
import { fill } from "./words.ts";

const EN = {
  write: "Ask something…",
  model: "Model",
  context: "reads {n} tokens",
  price: "{input} in, {output} out per million tokens",
  own: "your own key",
  company: "the company's key",
  writing: "The model is writing…",
  there: "The answer is there.",
  stop: "Stop",
  estimate: "About {n} tokens",
  most: "{cost} at most",
  held: "held from the balance until it is answered",
  unpriced: "Nobody knows what this model costs, so it cannot be asked while balances are charged. Choose another one.",
  lacks: "The answer may cost {cost}; the balance is short of {lacks}. Choose a cheaper model or top up.",
  only: "There is no other model.",
  trimmed: "earlier messages without room: {n}",
  editing: "The question is asked anew, in a branch of its own",
  copy: "Copy",
  copied: "Copied",
  code: "Code",
  diagram: "Diagram",
  source: "Source",
  table: "Table",
  assistants: "Assistants",
  from_documents: "answers from its documents",
  answerers: "Who answers",
  answerers_none: "No model or assistant of that name",
  prompts: "Prompts",
  prompts_none: "No prompt of that name",
  put: "Put it there",
};

const RU: typeof EN = {
  write: "Спросите что-нибудь…",
  model: "Модель",
  context: "читает {n} токенов",
  price: "{input} за чтение и {output} за ответ на миллион токенов",
  own: "ваш ключ",
  company: "ключ компании",
  writing: "Модель пишет…",
  there: "Ответ готов.",
  stop: "Остановить",
  estimate: "Примерно {n} токенов",
  most: "не больше {cost}",
  held: "держится на балансе до ответа",
  unpriced: "Цена этой модели неизвестна, а балансы платные: спросить её нельзя. Выберите другую.",
  lacks: "Ответ может стоить {cost}, на балансе не хватает {lacks}. Выберите модель дешевле или пополните баланс.",
  only: "Других моделей нет.",
  trimmed: "не поместится прежних сообщений: {n}",
  editing: "Вопрос будет задан заново, в новой ветке",
  copy: "Скопировать",
  copied: "Скопировано",
  code: "Код",
  diagram: "Схема",
  source: "Исходный текст",
  table: "Таблица",
  assistants: "Ассистенты",
  from_documents: "отвечает по своим документам",
  answerers: "Кто ответит",
  answerers_none: "Модели или ассистента с таким именем нет",
  prompts: "Промпты",
  prompts_none: "Промпта с таким именем нет",
  put: "Вставить",
};

export function chatSay(key: keyof typeof EN, params: Record<string, string | number> = {}): string {
  return fill((locale() === "ru" ? RU : EN)[key], params);
}

/** Micro-units as money; what is under a cent keeps the digits that tell it from nothing. */
export function money(micro: number, currency: string): string {
  const amount = micro / 1_000_000;
  const small = amount !== 0 && Math.abs(amount) < 0.01;
  return new Intl.NumberFormat(locale(), { style: "currency", currency, maximumFractionDigits: small ? 6 : 2 }).format(amount);
}

export function count(n: number, short = false): string {
  return new Intl.NumberFormat(locale(), short ? { notation: "compact", maximumFractionDigits: 1 } : {}).format(n);
}
