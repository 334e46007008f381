/** The one place where text becomes elements: only HTML that our server sanitised comes here, or that a highlighter made of escaped code. */

interface Policy {
  createHTML(html: string): string;
}

let policy: Policy | null | undefined;

/** Pages that demand Trusted Types get a policy of ours, or plain text where they forbid even that. */
function trusted(): Policy | null {
  if (policy !== undefined) return policy;
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } })
    .trustedTypes;
  const plain: Policy = { createHTML: (html) => html };
  try {
    policy = types ? types.createPolicy("besedka", plain) : plain;
  } catch {
    policy = null;
  }
  return policy;
}

/** Makes elements from the server's HTML; where the page forbids it, the message's plain text. */
export function fromServer(html: string, body: string): DocumentFragment {
  const template = document.createElement("template");
  const rules = trusted();
  try {
    if (rules) template.innerHTML = rules.createHTML(html);
    else template.content.append(body);
  } catch {
    template.content.append(body);
  }
  return template.content;
}
