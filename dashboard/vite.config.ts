import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const API = process.env["CLOCHE_URL"] ?? "http://127.0.0.1:8080";
// Where the gateway looks for it (cloche_gateway/dashboard.py). Makefile builds beside it and then renames.
const OUT = process.env["CLOCHE_PAGE"] ?? here("../services/gateway/cloche_gateway/page");

export default defineConfig({
  plugins: [react(), packed(), styled()],
  resolve: {
    alias: { "~": here("./src"), cloche: here("../sdk/typescript/src/index.ts") },
  },
  // The gateway puts another one into every answer.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2024",
    // Everything is a file of its own origin: the policy allows no data: but for images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    strictPort: true,
    fs: { allow: [here("."), here("../sdk/typescript/src")] },
    proxy: Object.fromEntries(
      ["/v1", "/docs", "/problems", "/openapi.json", "/livez", "/readyz"].map((path) => [path, { target: API, ws: true }]),
    ),
  },
  test: {
    // What draws asks for jsdom in its first line: that takes a second for each file.
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["test/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});

/** Writes each text beside itself as gzip, so that nobody compresses it while somebody waits. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    // Before, other plugins still change what is in the files.
    async writeBundle({ dir = OUT }, bundle) {
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(
        texts.map(async (name) => {
          const file = join(dir, name);
          await writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }));
        }),
      );
    },
  };
}

/** Refuses a build whose styles are not exactly those of the components of Mantine that are in it. */
function styled(): Plugin {
  return {
    name: "styled",
    apply: "build",
    async generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
      const used = new Set(modules.flatMap((id) => /@mantine\/core\/.*\/(\w+)\.module\.mjs$/.exec(id)?.[1] ?? []));
      const sheet = await readFile(here("./src/theme/mantine.css"), "utf8");
      const there = new Set([...sheet.matchAll(/styles\/([A-Z]\w*)\.css/g)].flatMap((match) => match[1] ?? []));
      const missing = [...used].filter((name) => !there.has(name));
      const spare = [...there].filter((name) => !used.has(name));
      if (missing.length + spare.length > 0) {
        this.error(`src/theme/mantine.css lacks ${missing.join(", ") || "nothing"} and has without need ${spare.join(", ") || "nothing"}`);
      }
    },
  };
}
