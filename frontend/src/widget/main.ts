/** `<script src="…/widget.js" data-key="KEY" async></script>` and nothing else. */
import { Api } from "./api.ts";
import { Store } from "./store.ts";
import { Widget } from "./widget.ts";

function start(script: HTMLScriptElement): void {
  const key = script.dataset["key"] ?? "";
  const wanted = script.dataset["locale"] || document.documentElement.lang || navigator.language;
  const api = new Api(new URL(script.src).origin, key, wanted.toLowerCase().startsWith("ru") ? "ru" : "en");
  const widget = new Widget(api, new Store(key), script.dataset["theme"] ?? "");
  const names = {
    open: () => widget.open(),
    close: () => widget.close(),
    ask: (words: string) => widget.ask(words),
    on: widget.on.bind(widget),
  };
  (window as unknown as { Besedka: typeof names }).Besedka = names;
  // A wrong key or a site that is not allowed: the customer's page stays as it was.
  widget.start().catch(() => undefined);
}

const script =
  document.currentScript ?? document.querySelector('script[data-key][src*="widget.js"]');
if (script instanceof HTMLScriptElement && !("Besedka" in window)) start(script);
