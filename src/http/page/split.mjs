// How the bundles are cut, for a phone on a slow link. Every view gets its own texts only: all texts stand in one file, for
// translators, and as one object, but `words.label` in views/label/ becomes a module of its own. And what the shell and most
// views use (shell/common.ts) comes as one file.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILE = join(dirname(fileURLToPath(import.meta.url)), 'words/en.ts');
const HEAD = 'export const en = {\n';

/** The file's beginning, its sections by name, and what stands before the first of them. */
function parts() {
  const text = readFileSync(FILE, 'utf8');
  const at = text.indexOf(HEAD);
  if (at < 0) throw new Error(`${FILE} no longer begins its texts with "${HEAD.trim()}"`);
  const sections = new Map();
  const rest = text.slice(at + HEAD.length).replace(/^ {2}(\w+): \{\n[\s\S]*?^ {2}\},\n/gm, (section, name) => {
    sections.set(name, section);
    return '';
  });
  return { before: text.slice(0, at), sections, rest };
}

/** An esbuild plugin. `views`: names of sections that belong to the views which use them. */
export const split = (views) => ({
  name: 'split',
  setup(build) {
    const { before, sections, rest } = parts();
    const own = views.filter((name) => sections.has(name));
    const used = new RegExp(`\\bwords\\.(${own.join('|')})\\b`, 'g');
    const module = (text) => ({ contents: `${before}${HEAD}${text}`, loader: 'ts' });

    build.onLoad({ filter: /words\/en\.ts$/ }, () =>
      module(
        [...sections]
          .filter(([name]) => !own.includes(name))
          .map(([, text]) => text)
          .join('') + rest,
      ),
    );
    build.onResolve({ filter: /^words:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'words' }));
    build.onLoad({ filter: /.*/, namespace: 'words' }, ({ path }) => module(`${sections.get(path)}};\n`));
    build.onLoad({ filter: /(views|certificate)\/.*\.tsx?$/ }, ({ path }) => {
      const names = new Set();
      const text = readFileSync(path, 'utf8').replace(used, (_, name) => {
        names.add(name);
        return `own_${name}.${name}`;
      });
      const imports = [...names].map((name) => `import { en as own_${name} } from 'words:${name}';\n`).join('');
      const common = path.endsWith('/view.tsx') ? "import '../../shell/common';\n" : '';
      return { contents: common + imports + text, loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
});
