// Where the texts of a page lie, and how they come into its bundle.
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { shortNames } from './names.mjs';

/**
 * `folder` has `en.ts` and `de.ts`; each of `parts` is handed on by a module as `name`, and called `en` and `de` in them. What
 * is `apart` lies beside those who use it, not with what is loaded at once.
 */
export const PHONE = {
  folder: 'words',
  parts: [
    { module: 'words/index', name: 'words', en: 'en', de: 'de' },
    { module: 'words/more', name: 'more', en: 'more', de: 'deMore', apart: true },
    { module: 'words/clips', name: 'clips', en: 'clips', de: 'deClips', apart: true },
  ],
};

/** The fleet's page has words of its own also for what both pages share: there it is the server that does not answer. */
export const FLEET = {
  folder: 'fleet/words',
  parts: [
    { module: 'words/index', name: 'words', en: 'en', de: 'de' },
    { module: 'words/more', name: 'more', en: 'more', de: 'deMore', apart: true },
    { module: 'fleet/words/index', name: 'fleet', en: 'fleet', de: 'deFleet' },
  ],
};

// `h(…)` is shorter than what the compiler takes otherwise.
const JSX = "import { h, Fragment } from 'preact';\n";
export const tsconfigRaw = { compilerOptions: { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' } };

/**
 * For esbuild: `sources` with the texts of this page, or all as they are. `en.ts` is one file for translators and several for
 * the bundler: what only other views say is not in what is loaded at once.
 */
export function plugin(texts, sources = []) {
  const root = resolve('.');
  const paths = sources.map((path) => resolve(path));
  const text = paths.length ? shortNames(root, paths, texts) : (path) => readFileSync(path, 'utf8');
  const apart = texts.parts.filter((part) => part.apart).map((part) => basename(part.module));
  return {
    name: 'texts',
    setup({ onResolve, onLoad }) {
      const load = ({ path }) => {
        const drawn = path.endsWith('x');
        return { contents: drawn ? JSX + text(path) : text(path), loader: drawn ? 'tsx' : 'ts' };
      };
      onResolve({ filter: /^\.\/(en|de)$/ }, ({ path, importer }) => {
        const namespace = apart.find((name) => path === './en' && basename(importer) === `${name}.ts`);
        return { path: join(root, texts.folder, `${path}.ts`), namespace: namespace ?? 'file' };
      });
      onLoad({ filter: /\.tsx?$/ }, load);
      for (const namespace of apart) onLoad({ filter: /./, namespace }, load);
    },
  };
}
