/** Prints what a browser downloads, in bytes after gzip. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const folder = resolve(import.meta.dirname, "../../src/besedka/web/static");
for (const name of readdirSync(folder).sort()) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const bytes = readFileSync(join(folder, name));
  const packed = gzipSync(bytes, { level: 9 }).length;
  process.stdout.write(`${String(packed).padStart(7)} gzip ${String(bytes.length).padStart(7)} plain  ${name}\n`);
}
