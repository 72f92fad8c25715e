// Bundles src/*.js for browsers: node build.mjs FOLDER FINGERPRINT
// Writes each script under a name with a hash of its content, manifest.json, and the licences of what is in it.
import { build } from "esbuild";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [folder, fingerprint = "unknown"] = process.argv.slice(2);
const made = await build({
  entryPoints: { editor: "src/editor.js", facets: "src/facets.js", suggest: "src/suggest.js" },
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

const entries = {};
const roots = new Set();
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
const head = "The scripts of the pages contain these packages, under these licences.\n";
writeFileSync(join(folder, "licences.txt"), [head, ...texts].join(rule));
writeFileSync(join(folder, "manifest.json"), JSON.stringify({ fingerprint, entries, packages }, null, 1) + "\n");
