/** Small elements that need no framework: a moment in the reader's zone, a copy button. */
import "./toast.ts";
import { locale } from "../page/api.ts";

const FORMS: Record<string, Intl.DateTimeFormatOptions> = {
  date: { dateStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
  time: { timeStyle: "short" },
};

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "5 minutes ago", "yesterday"; under a minute "now". */
export function ago(moment: Date, now = Date.now()): string {
  const seconds = (moment.getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** Today the time, this year the day and month, before that the whole date. */
export function brief(moment: Date, now = new Date()): string {
  const sameDay = moment.toDateString() === now.toDateString();
  const options: Intl.DateTimeFormatOptions = sameDay
    ? { timeStyle: "short" }
    : moment.getFullYear() === now.getFullYear()
      ? { day: "numeric", month: "short" }
      : { dateStyle: "short" };
  return new Intl.DateTimeFormat(locale(), options).format(moment);
}

class Time extends HTMLElement {
  static observedAttributes = ["datetime"];
  #timer = 0;

  connectedCallback(): void {
    this.#write();
    if (this.getAttribute("form") === "ago") {
      this.#timer = window.setInterval(() => this.#write(), 30_000);
    }
  }

  disconnectedCallback(): void {
    window.clearInterval(this.#timer);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#write();
  }

  #write(): void {
    const moment = new Date(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.getTime())) return;
    const form = this.getAttribute("form") ?? "ago";
    const whole = new Intl.DateTimeFormat(locale(), FORMS["datetime"]).format(moment);
    this.title = whole;
    if (form === "ago") this.textContent = ago(moment);
    else if (form === "brief") this.textContent = brief(moment);
    else this.textContent = new Intl.DateTimeFormat(locale(), FORMS[form]).format(moment);
  }
}

class Copy extends HTMLElement {
  connectedCallback(): void {
    if (this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--small";
    const label = this.getAttribute("label") ?? "";
    button.textContent = label;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.querySelector("code")?.textContent ?? "");
      button.textContent = this.getAttribute("done") ?? label;
      window.setTimeout(() => (button.textContent = label), 2000);
    });
    this.append(button);
  }
}

/** A choice of a time zone where none is kept yet: it begins with the browser's. */
class Zone extends HTMLElement {
  connectedCallback(): void {
    const select = this.querySelector("select");
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select && [...select.options].some((each) => each.value === own)) select.value = own;
  }
}

customElements.define("bsd-time", Time);
customElements.define("bsd-copy", Copy);
customElements.define("bsd-zone", Zone);
