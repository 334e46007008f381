/** Loads an island's code when its element first stands in the page. */

const ISLANDS: Record<string, () => Promise<unknown>> = {
  "bsd-board": () => import("../board/board.ts"),
  "bsd-chat": () => import("../elements/chat.ts"),
  "bsd-compare": () => import("../elements/compare.ts"),
  "bsd-conversation": () => import("../elements/conversation.ts"),
  "bsd-inbox": () => import("../elements/inbox.ts"),
  "bsd-crew": () => import("../elements/crew.ts"),
  "bsd-due": () => import("../elements/due.ts"),
  "bsd-interview": () => import("../hiring/interview.ts"),
  "bsd-proof": () => import("../hiring/proof.ts"),
  "bsd-mentions": () => import("../elements/mentions.ts"),
  "bsd-standing": () => import("../elements/due.ts"),
  "bsd-waiting": () => import("../elements/waiting.ts"),
  "bsd-viewers": () => import("../elements/viewers.ts"),
  "bsd-shared": () => import("../elements/shared.ts"),
  "bsd-desk": () => import("../elements/desk.ts"),
  "bsd-upload": () => import("../elements/upload.ts"),
};

function load(): void {
  for (const [name, fetch] of Object.entries(ISLANDS)) {
    if (!customElements.get(name) && document.querySelector(name)) void fetch();
  }
}

export function watchIslands(): void {
  load();
  document.addEventListener("htmx:after:process", load);
}
