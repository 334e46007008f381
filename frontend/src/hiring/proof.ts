/** `<bsd-proof challenge bits>`: solves the puzzle of a form while the form is filled in, and writes the solution into it. */
import { challengeState, isSolved } from "../widget/puzzle.ts";

const TRIES = 2_000;

class ProofElement extends HTMLElement {
  connectedCallback(): void {
    this.#search(challengeState(this.getAttribute("challenge") ?? ""), Number(this.getAttribute("bits")), 0);
  }

  /** A few tries at a time, so that typing is never in the way. */
  #search(challenge: Uint8Array, bits: number, from: number): void {
    if (!this.isConnected) return;
    for (let n = from; n < from + TRIES; n += 1) {
      if (isSolved(challenge, String(n), bits)) {
        this.#done(String(n));
        return;
      }
    }
    setTimeout(() => this.#search(challenge, bits, from + TRIES));
  }

  #done(solution: string): void {
    const field = this.querySelector<HTMLInputElement>('[name="solution"]');
    if (field) field.value = solution;
    for (const words of this.querySelectorAll("p")) words.hidden = !words.hasAttribute("data-done");
  }
}

customElements.define("bsd-proof", ProofElement);
