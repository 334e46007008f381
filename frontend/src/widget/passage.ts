/** A cited passage as elements. */
import { splitQuote } from "../core/citations.ts";
import type { Citation } from "../core/types.ts";
import type { Passage } from "./api.ts";
import { h } from "./dom.ts";
import type { Kit } from "./form.ts";

const EN = { page: "page {n}", whole: "Open the page" };
const RU: typeof EN = { page: "стр. {n}", whole: "Открыть страницу" };

/** Shows what the answer quotes at once, and the whole passage when it is there. */
export async function showPassage(kit: Kit, citation: Citation): Promise<void> {
  kit.show(citation.title, nodes(kit, { title: citation.title, text: citation.quote ?? "" }, citation));
  const whole = await kit.api.call<Passage>("GET", `/passages/${encodeURIComponent(citation.chunk)}`).catch(() => undefined);
  if (whole && kit.showing()) kit.show(whole.title, nodes(kit, whole, citation));
}

function nodes({ config }: Kit, passage: Passage, citation: Citation): Node[] {
  const words = config.locale === "ru" ? RU : EN;
  const heading = passage.heading ?? citation.heading;
  const path = Array.isArray(heading) ? heading.join(" › ") : heading;
  const page = passage.page ?? citation.page;
  const [before, quoted, after] = splitQuote(passage.text, passage.quote ?? citation.quote ?? "");
  const where = [path, page ? words.page.replace("{n}", String(page)) : ""].filter(Boolean).join(" · ");
  const made: Node[] = [];
  if (where) made.push(h("p", { class: "quiet" }, where));
  made.push(h("p", { class: "text" }, before, quoted ? h("mark", {}, quoted) : undefined, after));
  const url = passage.url ?? citation.url;
  if (url && /^https?:/.test(url)) {
    made.push(h("p", {}, h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words.whole)));
  }
  return made;
}
