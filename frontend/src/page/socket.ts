/** The one socket of a page: whatever lives on it shares this. */
import { Connection } from "../core/connection.ts";
import { basePath } from "./api.ts";

/** Who only looks something up elsewhere has not gone away. */
const AWAY_MS = 60_000;

let shared: Connection | undefined;

/** Colleagues see who has left all of their tabs lying. A new socket counts as looked at. */
function tellPresence(link: Connection): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    const state = document.hidden ? "away" : "online";
    void link.command("presence", { state }).catch(() => undefined);
  };
  const turned = (): void => {
    clearTimeout(timer);
    timer = setTimeout(tell, document.hidden ? AWAY_MS : 0);
  };
  document.addEventListener("visibilitychange", turned);
  link.greeted = () => {
    if (document.hidden) turned();
  };
}

export function connection(): Connection {
  if (!shared) {
    const address = `${location.origin.replace(/^http/, "ws")}${basePath()}/ws`;
    shared = new Connection({ address: () => address });
    tellPresence(shared);
    shared.start();
  }
  return shared;
}
