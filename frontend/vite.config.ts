import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = "../src/tocsin/web/static/tocsin/built";

// Every page that has a script has one entry: src/<page>/main.ts.
function entries(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const page of readdirSync("src", { withFileTypes: true })) {
    if (!page.isDirectory()) continue;
    const main = join("src", page.name, "main.ts");
    if (statSync(main, { throwIfNoEntry: false })) found[page.name] = main;
  }
  return found;
}

// The web door serves NAME.br or NAME.gz when they lie beside NAME: phones on one bar of signal get the small one.
function compressed(): Plugin {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() ? walk(join(folder, one.name)) : [join(folder, one.name)],
    );
  return {
    name: "compressed",
    closeBundle() {
      for (const file of walk(OUT)) {
        if (!/\.(m?js|css|svg|json)$/.test(file)) continue;
        const bytes = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

// The service worker is served as one classic script, so it may share no file with a page: it gets copies of its own.
function alone(): Plugin {
  const mark = "?alone";
  return {
    name: "alone",
    enforce: "pre",
    resolveId(source, importer) {
      const mine = importer?.includes("/src/worker/") && source.startsWith("../lib/");
      return mine ? join(dirname(importer!), source) + mark : null;
    },
    load(id) {
      return id.endsWith(mark) ? { code: readFileSync(id.slice(0, -mark.length), "utf-8"), moduleType: "ts" } : null;
    },
  };
}

export default defineConfig({
  base: "/static/tocsin/built/",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: "manifest.json",
    // Phones that are eight years old and still updated.
    target: ["es2020", "chrome87", "firefox78", "safari14"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The map is large, and fetched only when somebody asks for one; the other scripts have budgets of their own.
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: entries(),
      checks: { pluginTimings: false },
    },
  },
  plugins: [alone(), compressed()],
});
