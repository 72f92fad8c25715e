// Bundles src/*.js for browsers: node build.mjs FOLDER FINGERPRINT
// Writes each script and the outlines of countries under a name with a hash of its content, manifest.json, and the
// licences of what is in them.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { made as drawn, world } from "./src/world.js";

const [folder, fingerprint = "unknown"] = process.argv.slice(2);
const made = await build({
  entryPoints: {
    editor: "src/editor.js",
    explore: "src/explore.js",
    facets: "src/facets.js",
    network: "src/network.js",
    suggest: "src/suggest.js",
  },
  entryNames: "[name]-[hash]",
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  metafile: true,
  minify: true,
  outdir: folder,
  target: ["chrome109", "firefox115", "safari16.4"],
  write: false,
});

mkdirSync(folder, { recursive: true });
for (const file of made.outputFiles) writeFileSync(file.path, file.contents);

const outlines = JSON.stringify(world());
const data = { world: `world-${createHash("sha256").update(outlines).digest("hex").slice(0, 8).toUpperCase()}.json` };
writeFileSync(join(folder, data.world), outlines);

const entries = {};
const roots = new Set(drawn);
for (const [path, output] of Object.entries(made.metafile.outputs)) {
  entries[basename(output.entryPoint, ".js")] = basename(path);
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found && bytesInOutput > 0) roots.add(found[1]);
  }
}

const packages = [];
const texts = [];
for (const root of [...roots].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const file = readdirSync(root).find((item) => /^licen[cs]e/i.test(item));
  if (!file) throw new Error(`${name} comes without the text of its licence`);
  packages.push(`${name} ${version} (${license})`);
  texts.push(`${name} ${version} (${license})\n\n${readFileSync(join(root, file), "utf8").trim()}\n`);
}
const rule = `\n${"-".repeat(80)}\n\n`;
const head = `The scripts of the pages contain these packages, under these licences. The outlines of countries are those of
Natural Earth, which is in the public domain, from world-atlas; d3-geo and topojson-client drew them.
`;
writeFileSync(join(folder, "licences.txt"), [head, ...texts].join(rule));
writeFileSync(join(folder, "manifest.json"), JSON.stringify({ fingerprint, entries, data, packages }, null, 1) + "\n");
