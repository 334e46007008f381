/** Turns `[1]` in an answer into buttons that open the passage. */

const MARK = /\[(\d{1,2})\]/;

export function linkMarks(root: Node, make: (n: number) => HTMLElement | undefined): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (let text of texts) {
    for (let found = MARK.exec(text.data); found; found = MARK.exec(text.data)) {
      const mark = text.splitText(found.index);
      text = mark.splitText(found[0].length);
      const button = make(Number(found[1]));
      if (button) mark.replaceWith(button);
    }
  }
}

/** Splits a passage around the quoted words, so that they can be marked; whitespace may differ. */
export function splitQuote(text: string, quote: string): [string, string, string] {
  const words = quote.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = words[0] ? new RegExp(words.join("\\s+")).exec(text) : null;
  if (!found) return [text, "", ""];
  const end = found.index + found[0].length;
  return [text.slice(0, found.index), found[0], text.slice(end)];
}
