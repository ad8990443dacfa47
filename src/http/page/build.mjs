// Builds the page into dist/: bundles with names that change with their content, the service worker with the list of
// them, what lies in public/, and beside every text the same as gzip. `node build.mjs [--sizes]`.
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { shortNames } from './build/names.mjs';
import { HOW, packed, smaller } from './build/squeeze.mjs';

// What a phone on a slow link is asked to load, gzipped: everything in one language but clips, which nobody loads who has none;
// what labelling needs; and clips. The aim is 80 and 40 KB.
const MOST = { everything: 94_000, label: 40_000, clips: 12_000 };
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

const sources = globSync('**/*.{ts,tsx}', { exclude: ['node_modules', OUT, '**/*.test.ts', '**/*.d.ts', 'sw.ts'] });
const text = shortNames(
  resolve('.'),
  sources.map((path) => resolve(path)),
);

// `words/en.ts` is one file for translators and three for the bundler: what only other views say is not in what labelling loads,
// nor in the others what only clips say.
const texts = {
  name: 'texts',
  setup({ onResolve, onLoad }) {
    const load = ({ path }) => {
      const drawn = path.endsWith('x');
      return { contents: drawn ? JSX + text(path) : text(path), loader: drawn ? 'tsx' : 'ts' };
    };
    onResolve({ filter: /^\.\/en$/ }, ({ importer, resolveDir }) => {
      const [, namespace] = /(more|clips)\.ts$/.exec(importer) ?? [];
      return namespace ? { path: join(resolveDir, 'en.ts'), namespace } : null;
    });
    onLoad({ filter: /\.tsx?$/ }, load);
    for (const namespace of ['more', 'clips']) onLoad({ filter: /./, namespace }, load);
  },
};

// `h(…)` is shorter than what the compiler takes otherwise.
const JSX = "import { h, Fragment } from 'preact';\n";
const tsconfigRaw = { compilerOptions: { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' } };

const page = await build({
  ...common,
  plugins: [texts],
  tsconfigRaw,
  entryPoints: ['main.tsx', 'styles/main.css', 'styles/more.css'],
  splitting: true,
  metafile: true,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
});
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
writeFileSync(`${OUT}/index.html`, index);
const others = readdirSync('public').filter((name) => name !== 'index.html');
for (const name of others) copyFileSync(`public/${name}`, `${OUT}/${name}`);
rmSync(`${OUT}/${entry('main.tsx')}`);
const files = outputs
  .map((output) => output.name)
  .filter((name) => name !== entry('main.tsx'))
  .concat(others)
  .sort();
await Promise.all(files.filter((name) => name.endsWith('.js')).map(squeeze));
async function squeeze(name) {
  writeFileSync(`${OUT}/${name}`, await smaller(readFileSync(`${OUT}/${name}`, 'utf8')));
}

const version = createHash('sha256');
for (const name of ['index.html', ...files]) version.update(readFileSync(`${OUT}/${name}`));
const VERSION = version.digest('hex').slice(0, 12);
writeFileSync(`${OUT}/version`, VERSION);
writeFileSync(`${OUT}/index.html`, index.replace('data-version=""', `data-version="${VERSION}"`));

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
const sizes = {
  everything: sum([...size.keys()].filter((name) => !/^de-/.test(name) && !film.includes(name))),
  clips: sum(film),
  label: sum(['index.html', style, 'icon.svg', ...closure(script)]),
};
for (const [what, bytes] of Object.entries(sizes)) {
  const line = `${what}: ${(bytes / 1000).toFixed(1)} KB gzipped of at most ${MOST[what] / 1000}`;
  if (bytes > MOST[what]) throw new Error(`the page has grown too large: ${line}`);
  if (process.argv.includes('--sizes')) process.stdout.write(`${line}\n`);
}
if (process.argv.includes('--sizes')) {
  for (const [name, bytes] of size) process.stdout.write(`  ${String(bytes).padStart(6)} ${name}\n`);
}
