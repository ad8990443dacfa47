// Builds the page into dist/: bundles with names that change with their content, the service worker with the list of
// them, and what lies in public/. `node build.mjs [--sizes]`.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// What a phone on a slow link is asked to load, gzipped: everything in one language, and what labelling needs. The aim is
// 80 and 40 KB.
const MOST = { everything: 98_000, label: 40_000 };
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
};

// `words/en.ts` is one file for translators and two for the bundler: what only other views say is not in what labelling loads.
const twoHalves = {
  name: 'two halves',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/en$/ }, ({ importer, resolveDir }) =>
      importer.endsWith('more.ts') ? { path: join(resolveDir, 'en.ts'), namespace: 'more' } : null,
    );
    onLoad({ filter: /./, namespace: 'more' }, ({ path }) => ({ contents: readFileSync(path, 'utf8'), loader: 'ts' }));
  },
};

// What the shell and most views use (shell/common.ts) comes as one file, and so does what a view and the rest of it share: a
// phone on a slow link waits for every further one.
const oneFile = {
  name: 'one file',
  setup({ onLoad }) {
    onLoad({ filter: /\/views\/\w+\/(view|rest)\.tsx$/ }, ({ path }) => {
      const shared = ["'../../shell/common'", path.endsWith('rest.tsx') && "'./view'"].filter(Boolean);
      const imports = shared.map((file) => `import ${file};\n`).join('');
      return { contents: imports + readFileSync(path, 'utf8'), loader: 'tsx' };
    });
  },
};

const page = await build({
  ...common,
  plugins: [twoHalves, oneFile],
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

const [script, style, more] = [entry('main.tsx'), entry('styles/main.css'), entry('styles/more.css')];
const atOnce = [...closure(script)].filter((name) => name !== script);
// What labelling loads besides, its own part last: that one imports the others.
const label = [...closure(entry('views/label/view.tsx'))].filter((name) => !closure(script).has(name)).reverse();
const first = await build({
  ...common,
  format: 'iife',
  entryPoints: ['first.ts'],
  define: { LABEL: JSON.stringify(label) },
  write: false,
});
const inline = first.outputFiles[0].text.trim();
// Beside the page: what its policy lets run of what stands in the document.
writeFileSync(`${OUT}/inline`, `'sha256-${createHash('sha256').update(inline).digest('base64')}'`);
const index = readFileSync('public/index.html', 'utf8')
  .replace('<!-- first -->', () => `<script>${inline}</script>`)
  .replace('page/main.css', `page/${style}`)
  .replace('page/more.css', `page/${more}`)
  .replace('page/main.js', `page/${script}`)
  .replace('<!-- preload -->', atOnce.map((name) => `<link rel="modulepreload" href="page/${name}">`).join('\n'));
writeFileSync(`${OUT}/index.html`, index);
const others = readdirSync('public').filter((name) => name !== 'index.html');
for (const name of others) copyFileSync(`public/${name}`, `${OUT}/${name}`);

const files = outputs
  .map((output) => output.name)
  .concat(others)
  .sort();
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

// ---- how much a phone loads ----

const size = (name) => gzipSync(readFileSync(`${OUT}/${name}`), { level: 6 }).length;
const text = (name) => /\.(js|css|html|svg|webmanifest)$/.test(name);
const sum = (names) => [...new Set(names)].reduce((total, name) => total + size(name), 0);
const sizes = {
  everything: sum(readdirSync(OUT).filter((name) => text(name) && !/^de-/.test(name))),
  label: sum(['index.html', style, 'icon.svg', ...closure(script), ...closure(entry('views/label/view.tsx'))]),
};
for (const [what, bytes] of Object.entries(sizes)) {
  const line = `${what}: ${(bytes / 1000).toFixed(1)} KB gzipped of at most ${MOST[what] / 1000}`;
  if (bytes > MOST[what]) throw new Error(`the page has grown too large: ${line}`);
  if (process.argv.includes('--sizes')) process.stdout.write(`${line}\n`);
}
if (process.argv.includes('--sizes')) {
  for (const name of readdirSync(OUT).filter(text))
    process.stdout.write(`  ${String(size(name)).padStart(6)} ${name}\n`);
}
