import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { pages, widget, workshop } from "./builds";

/** What the widget may weigh on the wire, gzipped. */
const widgetLimit = 30_000;
const dist = join(import.meta.dirname, "..", "dist");

rmSync(workshop, { recursive: true, force: true });
await build(widget);
await build(pages);

const size = gzipSync(readFileSync(join(workshop, "widget.js"))).length;
console.log(`widget.js ${size} bytes gzipped (limit ${widgetLimit})`);
if (size > widgetLimit) {
  console.error("widget.js is over its limit: take something out of widget/ or shared/");
  process.exit(1);
}
for (const name of readdirSync(join(workshop, "assets"))) {
  console.log(`assets/${name} ${Math.round(statSync(join(workshop, "assets", name)).size / 1024)} kB`);
}

// Only a whole build replaces the old one: a Go build beside this one embeds either.
for (const name of readdirSync(dist)) {
  if (name !== ".gitkeep") rmSync(join(dist, name), { recursive: true });
}
cpSync(workshop, dist, { recursive: true });
