/** `<script src="…/widget.js" data-key="KEY" async></script>` and nothing else. */
import { Api } from "./api.ts";
import type { Besedka, Settings } from "./besedka.ts";
import { Store } from "./store.ts";
import { Widget } from "./widget.ts";

/** What the stub of the documentation has kept of calls before this script was there. */
type Early = { q?: [keyof Besedka, unknown[]][] };

const RESUME = "#besedka=";

/** What the link of a letter brings; it works once, so it goes from the address bar. */
function resumed(): string {
  if (!location.hash.startsWith(RESUME)) return "";
  const link = location.hash.slice(RESUME.length);
  history.replaceState(history.state, "", location.pathname + location.search);
  return link;
}

function start(script: HTMLScriptElement, early: Early["q"]): void {
  const { key = "", locale, theme = "", open } = script.dataset;
  const wanted = locale || document.documentElement.lang || navigator.language;
  const api = new Api(new URL(script.src).origin, key, wanted.toLowerCase().startsWith("ru") ? "ru" : "en");
  const link = resumed();
  const widget = new Widget(api, new Store(key), theme, link);
  const names: Besedka = {
    open: () => widget.later(() => widget.open()),
    close: () => widget.later(() => widget.close()),
    toggle: () => widget.later(() => widget.toggle()),
    ask: (words) => widget.later(() => widget.ask(words)),
    identify: (token) => widget.identify(token),
    reset: () => widget.reset(),
    set: (settings: Settings) => widget.set(settings),
    on: (event, listener) => widget.events.on(event, listener),
    off: (event, listener) => widget.events.off(event, listener),
  };
  (window as unknown as { Besedka: Besedka }).Besedka = names;
  // Whatever the page makes of a failed call, it is none of ours to complain about.
  for (const [name, values] of early ?? []) {
    Promise.resolve((names[name] as (...all: unknown[]) => unknown)?.(...values)).catch(() => undefined);
  }
  if (link || open !== undefined) names.open();
  // A wrong key or a site that is not allowed: the customer's page stays as it was.
  widget.start().catch(() => undefined);
}

const script =
  document.currentScript ?? document.querySelector('script[data-key][src*="widget.js"]');
const known = (window as unknown as { Besedka?: Early }).Besedka;
if (script instanceof HTMLScriptElement && (!known || known.q)) start(script, known?.q);
