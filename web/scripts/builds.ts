import { resolve } from "node:path";
import type { InlineConfig } from "vite";

const root = resolve(import.meta.dirname, "..");

/** Where the pages are built before they replace those in dist. */
export const workshop = resolve(root, "node_modules/.cache/dist");

/** The pages: demo shop, desk and console, with their shared chunks under /assets. */
export const pages: InlineConfig = {
  root,
  base: "/",
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: workshop,
    emptyOutDir: false,
    target: "es2022",
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 1600,
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" speaks to frameworks that render on servers: here everything is the client.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
      input: {
        demo: resolve(root, "index.html"),
        desk: resolve(root, "desk/index.html"),
        console: resolve(root, "console/index.html"),
      },
    },
  },
};

/** The widget: one classic script without imports, for any page. */
export const widget: InlineConfig = {
  root,
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: workshop,
    emptyOutDir: false,
    target: "es2020",
    lib: { entry: resolve(root, "widget/main.ts"), formats: ["iife"], name: "YingdaWidget", fileName: () => "widget.js" },
  },
};
