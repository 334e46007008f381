/** `<bsd-shared>`: a chat that anybody reads by its link; only formulas, code and diagrams are added to what the server sent. */
import { enrich } from "../rich/rich.ts";

class Shared extends HTMLElement {
  connectedCallback(): void {
    enrich(this);
  }
}

customElements.define("bsd-shared", Shared);
