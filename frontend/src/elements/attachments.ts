/** Files of a message: pictures in their size from the first moment, recordings with a player, the rest as cards. */
import { html, nothing, render, type TemplateResult } from "lit";
import { unblur } from "../core/thumbhash.ts";
import type { Attachment, Message } from "../core/types.ts";
import { basePath } from "../page/api.ts";
import { lengthOf, sizeOf, tell } from "../page/desk.ts";
import { say } from "../page/words.ts";
import { icon } from "./icons.ts";

const MOST_WIDE = 320;
const MOST_HIGH = 240;

/** `<bsd-picture src hash width height>`: its blurred look until the picture itself is there. */
class Picture extends HTMLElement {
  connectedCallback(): void {
    if (this.childElementCount) return;
    const canvas = this.#blur();
    const image = document.createElement("img");
    image.width = Number(this.getAttribute("width"));
    image.height = Number(this.getAttribute("height"));
    image.alt = this.getAttribute("alt") ?? "";
    image.loading = "lazy";
    image.decoding = "async";
    image.addEventListener("load", () => canvas?.remove());
    image.src = this.getAttribute("src") ?? "";
    if (canvas) this.append(canvas);
    this.append(image);
  }

  #blur(): HTMLCanvasElement | undefined {
    const hash = this.getAttribute("hash");
    const blur = hash ? unblur(Uint8Array.from(atob(hash), (sign) => sign.charCodeAt(0))) : undefined;
    if (!blur) return undefined;
    const canvas = document.createElement("canvas");
    canvas.width = blur.width;
    canvas.height = blur.height;
    canvas.ariaHidden = "true";
    canvas.getContext("2d")?.putImageData(new ImageData(blur.pixels, blur.width, blur.height), 0, 0);
    return canvas;
  }
}

customElements.define("bsd-picture", Picture);

function addressOf(message: Message, file: Attachment): string {
  return `${basePath()}/api/v1/messages/${message.id}/attachments/${file.id}`;
}

/** The size in which a picture is shown. */
function fit({ width, height }: Attachment): [number, number] {
  const [w, h] = [width ?? MOST_WIDE, height ?? MOST_HIGH];
  const scale = Math.min(1, MOST_WIDE / w, MOST_HIGH / h);
  return [Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale))];
}

function openPicture(file: Attachment, address: string): void {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog dialog--picture";
  dialog.setAttribute("aria-label", file.name);
  dialog.addEventListener("close", () => dialog.remove());
  render(
    html`<div class="dialog__body">
      <header class="dialog__head">
        <h2 class="ellipsis">${file.name}</h2>
        <a class="btn btn--small" href=${address} download=${file.name}>${icon("download")}${tell("download")}</a>
        <button class="btn btn--quiet btn--icon btn--small" type="button" data-close title=${say("close")}>
          ${icon("close")}<span class="sr-only">${say("close")}</span>
        </button>
      </header>
      <img src="${address}?variant=preview" alt=${file.name} width=${file.width ?? nothing} height=${file.height ?? nothing}>
    </div>`,
    dialog,
  );
  document.body.append(dialog);
  dialog.showModal();
}

function picture(file: Attachment, address: string): TemplateResult {
  const [width, height] = fit(file);
  return html`<button type="button" class="file__picture" aria-label=${tell("open", { name: file.name })} @click=${() => openPicture(file, address)}>
    <bsd-picture src="${address}?variant=thumbnail" hash=${file.placeholder ?? ""} width=${width} height=${height} alt=${file.name}></bsd-picture>
  </button>`;
}

function card(file: Attachment, address: string): TemplateResult {
  const more = [sizeOf(file.size), file.duration_ms ? lengthOf(file.duration_ms) : ""].filter(Boolean).join(" · ");
  return html`<a class="file" href=${address} download=${file.name} title=${tell("download")}>
    ${icon("file")}<span class="item__body"><span class="ellipsis">${file.name}</span><span class="small muted">${more}</span></span>${icon("download")}
  </a>`;
}

function recording(file: Attachment, address: string): TemplateResult {
  const player =
    file.kind === "video"
      ? html`<video controls preload="none" src=${address} aria-label=${file.name}></video>`
      : html`<audio controls preload="none" src=${address} aria-label=${file.name}></audio>`;
  return html`<div class="file__player">${player}${card(file, address)}</div>`;
}

export function showAttachments(message: Message): TemplateResult | typeof nothing {
  if (!message.attachments?.length) return nothing;
  return html`<div class="files" role="group" aria-label=${tell("files")}>
    ${message.attachments.map((file) => {
      const address = addressOf(message, file);
      if (file.kind === "image") return picture(file, address);
      return file.kind === "audio" || file.kind === "video" ? recording(file, address) : card(file, address);
    })}
  </div>`;
}
