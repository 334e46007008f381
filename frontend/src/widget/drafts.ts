/** What is being written: answers word by word, and who types. */
import type { Replica } from "../core/replica.ts";
import { h } from "./dom.ts";
import type { Panel } from "./panel.ts";
import type { Say } from "./words.ts";

/** Markdown's signs would flicker while the words arrive; the final message has what they mean. */
function unmarked(text: string): string {
  return text.replace(/\*\*|`|^#+ /gm, "");
}

/** Shows what is being written, and who writes. */
export function drawDrafts(panel: Panel, replica: Replica | undefined, say: Say, ours: string): void {
  const drafts = [...(replica?.drafts.values() ?? [])];
  const written = drafts.filter((each) => each.text);
  panel.drafts.replaceChildren(...written.map((each) => h("div", { class: "m draft" }, unmarked(each.text))));
  const typist = [...(replica?.typing.values() ?? [])].find((each) => each.until > Date.now());
  const words = typist
    ? say("typing", { name: typist.name || ours })
    : drafts.length > written.length
      ? say("thinking")
      : "";
  panel.status.classList.toggle("dots", words !== "");
  if (panel.status.textContent !== words) panel.status.textContent = words;
}
