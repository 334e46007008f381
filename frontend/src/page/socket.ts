/** The one socket of a page: whatever lives on it shares this. */
import { Connection } from "../core/connection.ts";
import { basePath } from "./api.ts";

let shared: Connection | undefined;

export function connection(): Connection {
  if (!shared) {
    const address = `${location.origin.replace(/^http/, "ws")}${basePath()}/ws`;
    shared = new Connection({ address: () => address });
    shared.start();
  }
  return shared;
}
