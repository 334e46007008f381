/** The board of a vacancy: a card that is dropped on a decision leads to the page that asks for its reason. */
export class Board extends HTMLElement {
  #held: HTMLElement | null = null;

  connectedCallback(): void {
    this.addEventListener("dragstart", this.#take);
    this.addEventListener("dragend", this.#letGo);
    this.addEventListener("dragover", this.#over);
    this.addEventListener("drop", this.#drop);
    document.addEventListener("htmx:before:swap", this.#wait);
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:before:swap", this.#wait);
  }

  #take = (event: DragEvent): void => {
    const card = (event.target as Element).closest<HTMLElement>("[data-decide]");
    if (!card || !event.dataTransfer) return;
    this.#held = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.id);
    card.dataset["held"] = "";
  };

  #letGo = (): void => {
    if (this.#held) delete this.#held.dataset["held"];
    this.#held = null;
    this.#mark(null);
  };

  #over = (event: DragEvent): void => {
    const column = this.#columnOf(event);
    this.#mark(column);
    if (column) event.preventDefault();
  };

  #drop = (event: DragEvent): void => {
    const column = this.#columnOf(event);
    const decide = this.#held?.dataset["decide"];
    if (!column || !decide) return;
    event.preventDefault();
    location.assign(`${decide}?verdict=${column.dataset["verdict"] ?? ""}&back=board`);
  };

  /** Where the held card can be decided on: not in the column that it is in. */
  #columnOf(event: DragEvent): HTMLElement | null {
    const column = (event.target as Element).closest<HTMLElement>("[data-verdict]");
    return this.#held && column && !column.contains(this.#held) ? column : null;
  }

  #mark(column: HTMLElement | null): void {
    for (const each of this.querySelectorAll<HTMLElement>("[data-over]")) {
      if (each !== column) delete each.dataset["over"];
    }
    if (column) column.dataset["over"] = "";
  }

  /** News of the others' decisions wait while something is held, chosen or open here. */
  #wait = (event: Event): void => {
    if (event.target === this && (this.#held || this.querySelector(":checked, details[open]"))) event.preventDefault();
  };
}

customElements.define("bsd-board", Board);
