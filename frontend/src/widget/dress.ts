/** The rules of what is loaded later come with it. */
const made = new Map<string, CSSStyleSheet>();

/** Gives the panel around an element some rules, once. */
export function dress(inside: Node, rules: string): void {
  const root = inside.getRootNode();
  if (!(root instanceof ShadowRoot)) return;
  const sheet = made.get(rules) ?? new CSSStyleSheet();
  if (!made.has(rules)) {
    sheet.replaceSync(rules);
    made.set(rules, sheet);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}
