/** The types that customers copy are the widget's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

test("the documented types begin as the widget's do", () => {
  const read = (path: string): string => readFileSync(resolve(import.meta.dirname, path), "utf8");
  const own = read("../src/widget/besedka.ts").trimEnd();
  assert.ok(read("../../docs/reference/besedka.d.ts").startsWith(own));
});
