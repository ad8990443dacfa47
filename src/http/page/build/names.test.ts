import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: it has no types
import { shortNames } from './names.mjs';
// @ts-expect-error: nor has this
import { PHONE } from './texts.mjs';

const EN = `export const en = { again: 'Again', tabs: { camera: 'Camera', label: 'Label' } };
export const more = { book: { title: 'Flip book', page: (n: number) => \`Page \${n}\`, kinds: { box: 'a box' } } };
export const clips = { accept: 'Accept clip' };`;
const DE = `export const de: Words = { again: 'Noch einmal', tabs: { camera: 'Kamera', label: 'Markieren' } };
export const deMore: More = { book: { title: 'Daumenkino', page: (n: number) => \`Seite \${n}\`, kinds: { box: 'ein Rahmen' } } };
export const deClips = { accept: 'Clip übernehmen' };`;

/** What becomes of a view with these lines. */
function view(lines: string): { view: string; en: string; de: string } {
  const root = mkdtempSync(join(tmpdir(), 'names-'));
  const files = Object.entries({ 'words/en.ts': EN, 'words/de.ts': DE, 'views/a/view.tsx': lines });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const text = shortNames(
    root,
    files.map(([path]) => join(root, path)),
    PHONE,
  );
  const [en, de, view] = files.map(([path]) => text(join(root, path)));
  return { en, de, view };
}
const IMPORTS = "import { words } from '../../words';\nimport { more } from '../../words/more';\n";

test('what is read by its name gets a short one, where it is defined, too', () => {
  const said = view(
    `${IMPORTS}const early = () => w.page(1);\nconst w = more.book;\nf(words.again, w.title, { title: 1 });`,
  );
  assert.match(said.view, /early = \(\) => w\.b\(1\);\nconst w = more\.a;\nf\(words\.a, w\.a, { title: 1 }\)/);
  assert.match(said.en, /en = { a: 'Again', b: { a: 'Camera', b: 'Label' } }/);
  assert.match(said.de, /deMore: More = { a: { a: 'Daumenkino'/);
});

test('so is what only clips say', () => {
  const said = view("import { clips as w } from '../../words/clips';\nf(w.accept);");
  assert.match(said.view, /f\(w\.a\)/);
  assert.match(said.en, /clips = { a: 'Accept clip' }/);
  assert.match(said.de, /deClips = { a: 'Clip übernehmen' }/);
});

test('what is read in another way keeps its names', () => {
  const said = view(`${IMPORTS}f(words.tabs[name], Object.keys(more.book.kinds));`);
  assert.match(said.view, /f\(words\.b\[name\], Object\.keys\(more\.a\.c\)\)/);
  assert.match(said.en, /b: { camera: 'Camera', label: 'Label' }/);
  assert.match(said.de, /c: { box: 'ein Rahmen' }/);
});

test('whatever else bears the name of texts is refused', () => {
  assert.throws(() => view(`${IMPORTS}const f = (more) => more.length;`), /call it something else/);
  assert.throws(() => view(`${IMPORTS}f(more.book.titel);`), /there is no text/);
});
