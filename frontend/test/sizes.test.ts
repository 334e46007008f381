/** What a customer's page has to download for us stays small. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { plainImports } from "../vite.config.ts";

const KILOBYTE = 1024;

async function packed(input: string, format: "iife" | "es"): Promise<number> {
  const made = (await build({
    configFile: false,
    logLevel: "error",
    plugins: [plainImports()],
    root: resolve(import.meta.dirname, ".."),
    build: {
      write: false,
      target: "es2022",
      cssTarget: ["chrome123", "firefox128", "safari17.5"],
      rollupOptions: { input, output: { format }, preserveEntrySignatures: "strict" },
    },
  })) as Rollup.RollupOutput;
  return gzipSync(made.output[0].code, { level: 9 }).length;
}

test("the widget is at most 15 KB, with the form that some visitors fill in before the first answer", async () => {
  const widget = await packed("src/widget/main.ts", "iife");
  const form = await packed("src/widget/form.ts", "es");
  assert.ok(widget + form <= 15 * KILOBYTE, `${widget} + ${form}`);
});

test("the conversation core is at most 4 KB", async () => {
  const core = await packed("src/core/conversation.ts", "es");
  const connection = await packed("src/core/connection.ts", "es");
  assert.ok(core > KILOBYTE);
  assert.ok(core + connection <= 4 * KILOBYTE);
});
