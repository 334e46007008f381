/** Icons of the sprite, inside Lit templates. */
import { html, type TemplateResult } from "lit";
import sprite from "../icons.svg?url";

export function icon(name: string, more = ""): TemplateResult {
  return html`<svg class="icon ${more}" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
}
