// Builds the pages into dist/: bundles with names that change with their content, the service worker with the list of
// them, what lies in public/, and beside every text the same as gzip. `node build.mjs [--sizes]`.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { build } from 'esbuild';
import { HOW, packed, smaller } from './build/squeeze.mjs';
import { FLEET, PHONE, plugin, tsconfigRaw } from './build/texts.mjs';

// What a phone on a slow link is asked to load, gzipped: everything in one language but clips, which nobody loads who has none;
// what labelling needs; and clips. The aim is 80 and 40 KB. The fleet's page is all of it.
const MOST = { everything: 95_000, label: 40_000, clips: 12_000, fleet: 45_000 };
const OUT = 'dist';

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
const common = {
  bundle: true,
  minify: true,
  target: ['es2022'],
  format: 'esm',
  outdir: OUT,
  legalComments: 'none',
  logLevel: 'warning',
  // Terser takes it away again; until then it counts for the names of the files.
  banner: { js: `/* ${createHash('sha256').update(HOW).digest('hex')} */` },
};

/** What esbuild makes of `entryPoints` with the texts of a page: `texts` says where they lie. */
async function bundle(texts, entryPoints, prefix = '') {
  const options = {
    ...common,
    tsconfigRaw,
    entryPoints,
    splitting: true,
    metafile: true,
    entryNames: `${prefix}[name]-[hash]`,
    chunkNames: `${prefix}[name]-[hash]`,
  };
  // Once for what it is made of, in which texts then get shorter names.
  const { metafile } = await build({ ...options, plugins: [plugin(texts)], write: false });
  const names = Object.keys(metafile.inputs).map((path) => path.replace(/^\w+:(?=\/)/, ''));
  const own = (path) => /\.tsx?$/.test(path) && !path.includes('node_modules');
  const sources = new Set(names.filter(own).map((path) => resolve(path)));
  return build({ ...options, plugins: [plugin(texts, [...sources])] });
}

const page = await bundle(PHONE, ['main.tsx', 'styles/main.css', 'styles/more.css']);
const outputs = Object.entries(page.metafile.outputs).map(([path, output]) => ({ name: basename(path), ...output }));
const entry = (source) => {
  const found = outputs.find((output) => output.entryPoint === source);
  if (!found) throw new Error(`esbuild made nothing of ${source}`);
  return found.name;
};

/** A file with everything that it loads at once. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const used of outputs.find((output) => output.name === name).imports) {
    if (used.kind === 'import-statement') closure(basename(used.path), seen);
  }
  return seen;
}

const [style, more] = [entry('styles/main.css'), entry('styles/more.css')];
// `views/others.ts` imports all of `main.tsx`, so that it lies in a file that both share, and its own has nothing else in it.
const [script, ...further] = [...closure(entry('main.tsx'))].slice(1);
if (further.length) throw new Error(`labelling loads more than one script: ${further}`);
const first = await build({ ...common, banner: {}, format: 'iife', entryPoints: ['first.ts'], write: false });
const inline = (await smaller(first.outputFiles[0].text)).trim();
// Beside the page: what its policy lets run of what stands in the document.
writeFileSync(`${OUT}/inline`, `'sha256-${createHash('sha256').update(inline).digest('base64')}'`);
const index = readFileSync('public/index.html', 'utf8')
  .replace('<!-- first -->', () => `<script>${inline}</script>`)
  .replace('page/main.css', `page/${style}`)
  .replace('page/more.css', `page/${more}`)
  .replace('page/main.js', `page/${script}`);

// ---- the fleet's page ----

const fleet = await bundle(FLEET, ['fleet/main.tsx', 'fleet/styles.css'], 'fleet-');
const fleets = Object.keys(fleet.metafile.outputs).map((path) => basename(path));
const [fleetScript, fleetStyle] = [/^fleet-main-\w+\.js$/, /^fleet-styles-\w+\.css$/].map((name) =>
  fleets.find((file) => name.test(file)),
);
const documents = {
  'index.html': index,
  // Behind a fleet server the page knows where the fleet is.
  'device.html': index.replace('<html', '<html data-fleet="../../"'),
  'fleet.html': readFileSync('public/fleet.html', 'utf8')
    .replace('page/main.css', `page/${fleetStyle}`)
    .replace('page/main.js', `page/${fleetScript}`),
};

// ---- what belongs to them ----

const others = readdirSync('public').filter((name) => !documents[name]);
for (const name of others) copyFileSync(`public/${name}`, `${OUT}/${name}`);
rmSync(`${OUT}/${entry('main.tsx')}`);
const files = outputs
  .map((output) => output.name)
  .filter((name) => name !== entry('main.tsx'))
  .concat(others)
  .sort();
await Promise.all([...files, ...fleets].filter((name) => name.endsWith('.js')).map(squeeze));
async function squeeze(name) {
  writeFileSync(`${OUT}/${name}`, await smaller(readFileSync(`${OUT}/${name}`, 'utf8')));
}

const version = createHash('sha256');
for (const document of Object.values(documents)) version.update(document);
for (const name of [...files, ...fleets.toSorted()]) version.update(readFileSync(`${OUT}/${name}`));
const VERSION = version.digest('hex').slice(0, 12);
writeFileSync(`${OUT}/version`, VERSION);
for (const [name, document] of Object.entries(documents)) {
  writeFileSync(`${OUT}/${name}`, document.replace('data-version=""', `data-version="${VERSION}"`));
}

// Beside the page itself lie the worker and the manifest; everything else under page/.
const beside = (name) => (name === 'manifest.webmanifest' ? name : `page/${name}`);
await build({
  ...common,
  entryPoints: ['sw.ts'],
  define: { FILES: JSON.stringify(['./', ...files.map(beside)]), VERSION: JSON.stringify(VERSION) },
});
await squeeze('sw.js');

// ---- packed, and how much of it a phone loads ----

const size = new Map();
for (const name of readdirSync(OUT).filter((name) => /\.(js|css|html|svg|webmanifest)$/.test(name))) {
  const gzip = await packed(readFileSync(`${OUT}/${name}`));
  writeFileSync(`${OUT}/${name}.gz`, gzip);
  size.set(name, gzip.length);
}
const sum = (names) => names.reduce((total, name) => total + size.get(name), 0);
// Imported when it is wanted, it stands on what labelling has loaded.
const film = [...closure(entry('views/clips/view.tsx'))].filter((name) => !closure(script).has(name));
if (film.length > 1) throw new Error(`clips load what other views have: ${film}`);
const english = (name) => !/^(fleet-)?de-/.test(name);
const ofOthers = (name) => film.includes(name) || /^(fleet[.-]|device\.)/.test(name);
const sizes = {
  everything: sum([...size.keys()].filter((name) => english(name) && !ofOthers(name))),
  clips: sum(film),
  label: sum(['index.html', style, 'icon.svg', ...closure(script)]),
  fleet: sum(['fleet.html', 'icon.svg', ...fleets.filter(english)]),
};
for (const [what, bytes] of Object.entries(sizes)) {
  const line = `${what}: ${(bytes / 1000).toFixed(1)} KB gzipped of at most ${MOST[what] / 1000}`;
  if (bytes > MOST[what]) throw new Error(`the page has grown too large: ${line}`);
  if (process.argv.includes('--sizes')) process.stdout.write(`${line}\n`);
}
if (process.argv.includes('--sizes')) {
  for (const [name, bytes] of size) process.stdout.write(`  ${String(bytes).padStart(6)} ${name}\n`);
}
