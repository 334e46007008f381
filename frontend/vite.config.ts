import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const STATIC = resolve(import.meta.dirname, "../src/besedka/web/static");
const COMPRESSED = /\.(js|css|svg)$/;
const BROWSERS = ["chrome123", "firefox128", "safari17.5"];

/** Whether an earlier run has packed a file that is still the same. */
function isPacked(path: string): boolean {
  const packed = statSync(`${path}.gz`, { throwIfNoEntry: false });
  return packed !== undefined && packed.mtimeMs >= statSync(path).mtimeMs;
}

/** Writes `.br` and `.gz` beside every text file, so that the server compresses nothing itself. */
function precompress(): Plugin {
  return {
    name: "precompress",
    closeBundle() {
      for (const entry of readdirSync(STATIC, { recursive: true }) as string[]) {
        const path = join(STATIC, entry);
        if (!COMPRESSED.test(entry) || statSync(path).size < 1024) continue;
        if (isPacked(path)) continue;
        const bytes = readFileSync(path);
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, quality));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const REFERENCE = {
  "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
  "redoc.standalone.js": "redoc/bundles/redoc.standalone.js",
  "mermaid.tiny.js": "@mermaid-js/tiny/dist/mermaid.tiny.js",
};

/** The pages of the API reference (`/docs`, `/redoc`) and the frame of diagrams: their scripts as they were published, and how they begin. */
function reference(): Plugin {
  const begin = {
    // Hundreds of operations: groups stay shut until somebody opens or searches one.
    "swagger-begin.js": `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, docExpansion: "none", filter: true, defaultModelsExpandDepth: 0 });\n`,
    "redoc-begin.js": `Redoc.init("/openapi.json", { generatedPayloadSamplesMaxDepth: 3 }, document.getElementById("reference"));\n`,
  };
  return {
    name: "reference",
    closeBundle: {
      sequential: true,
      order: "pre",
      handler() {
        const folder = join(STATIC, "reference");
        mkdirSync(folder, { recursive: true });
        for (const [name, source] of Object.entries(REFERENCE)) {
          copyFileSync(join(import.meta.dirname, "node_modules", source), join(folder, name));
        }
        copyFileSync(join(import.meta.dirname, "src/rich/diagram-begin.js"), join(folder, "diagram-begin.js"));
        for (const [name, text] of Object.entries(begin)) writeFileSync(join(folder, name), text);
      },
    },
  };
}

/** The pages: hashed names, islands in chunks of their own, found through `manifest.json`. */
const pages = {
  manifest: "manifest.json",
  emptyOutDir: true,
  modulePreload: false,
  rollupOptions: {
    input: { app: "src/app.ts", style: "src/styles/main.css" },
    output: {
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
      assetFileNames: "[name]-[hash][extname]",
    },
  },
} as const;

/** Dynamic imports as they stand: there is no page of ours whose scripts could be fetched ahead. */
export function plainImports(): Plugin {
  return {
    name: "plain-imports",
    enforce: "pre",
    load(id) {
      return id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null;
    },
  };
}

/** The widget: one classic script under a name that never changes, because customers paste it. */
const widget = {
  emptyOutDir: false,
  rollupOptions: {
    input: "src/widget/main.ts",
    output: { format: "iife", entryFileNames: "widget.js" },
  },
} as const;

/** What the widget loads when it is needed: modules under names that never change either. */
const more = {
  emptyOutDir: false,
  rollupOptions: {
    input: { form: "src/widget/form.ts", more: "src/widget/more.ts" },
    preserveEntrySignatures: "allow-extension",
    output: { format: "es", entryFileNames: "widget-[name].js" },
  },
} as const;

/** Files are sent and shown without the forms: a module of its own that shares nothing. */
const files = {
  ...more,
  rollupOptions: { ...more.rollupOptions, input: { files: "src/widget/files.ts" } },
} as const;

const KINDS = { widget, more, files } as const;

export default defineConfig(({ mode }) => ({
  base: "/static/",
  publicDir: false,
  plugins: mode in KINDS ? [plainImports(), precompress()] : [reference(), precompress()],
  build: {
    outDir: STATIC,
    target: "es2022",
    cssTarget: BROWSERS,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    ...(KINDS[mode as keyof typeof KINDS] ?? pages),
  },
}));
