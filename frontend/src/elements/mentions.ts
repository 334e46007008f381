/** `<bsd-mentions>` around a link: how many messages name me that I have not read, and a word when another one comes. */
import type { Frame, Message } from "../core/types.ts";
import { list } from "../page/api.ts";
import { tell } from "../page/desk.ts";
import { connection } from "../page/socket.ts";
import { toast } from "./toast.ts";

const MOST = 99;
const SHOWN = 120;

interface Mention {
  message: Message;
}

class Mentions extends HTMLElement {
  #leave: (() => void) | undefined;

  connectedCallback(): void {
    this.#leave = connection().stream("mention", (frame) => void this.#heard(frame));
  }

  disconnectedCallback(): void {
    this.#leave?.();
  }

  async #heard(frame: Frame): Promise<void> {
    const found = await list<Mention>(`/mentions?unread=true&limit=${MOST + 1}`).catch(() => undefined);
    if (!found) return;
    this.#show(found.rows.length);
    const message = found.rows.find((each) => each.message.id === frame.data?.["id"])?.message;
    if (message) toast(tell("mentioned", { name: message.sender.name, words: message.body.slice(0, SHOWN) }));
  }

  #show(count: number): void {
    const number = this.querySelector<HTMLElement>(".count");
    if (!number) return;
    number.textContent = count > MOST ? `${MOST}+` : String(count);
    number.hidden = count === 0;
  }
}

customElements.define("bsd-mentions", Mentions);
