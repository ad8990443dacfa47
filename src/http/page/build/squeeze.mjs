// What esbuild made, smaller: scripts by terser, which says the same in fewer bytes, and everything by zopfli, which packs
// gzip as tight as it goes. Both take seconds; the device serves what they made.
import { readFileSync } from 'node:fs';
import zopfli from '@gfx/zopfli';
import { minify } from 'terser';

// The packer takes over whatever nobody catches, and prints itself with it.
for (const event of ['uncaughtException', 'unhandledRejection']) process.removeAllListeners(event);

const { version } = JSON.parse(readFileSync(new URL('../node_modules/terser/package.json', import.meta.url), 'utf8'));
/** Changes with whatever is made here of the same script: part of what the name of a file is derived from. */
export const HOW = `${version} ${readFileSync(import.meta.filename, 'utf8')}`;

const OPTIONS = { module: true, ecma: 2022, compress: { passes: 3, keep_fargs: false } };
export const smaller = async (script) => (await minify(script, structuredClone(OPTIONS))).code;

/** A script and the only one that imports of it, with one name on both sides for each thing, instead of `a as b` on both. */
export function agreed(shared, taker) {
  const [taken, list] = /import{([^}]*)}from"\.\/chunk-\w+\.js"/.exec(taker);
  const names = new Map(pairs(list));
  const [given, all] = /export{([^}]*)};$/.exec(shared);
  const put = pairs(all).map(([own, name]) => (own === names.get(name) ? own : `${own} as ${names.get(name) ?? name}`));
  return [
    shared.replace(given, () => `export{${put}};`),
    taker.replace(taken, () => taken.replace(list, () => [...names.values()].join())),
  ];
}

/** `a as b,c`: each with what it is called after it. */
const pairs = (list) => list.split(',').map((one) => [...one.split(' as '), one].slice(0, 2));

/** Bytes as gzip. */
export const packed = (bytes) => zopfli.gzipAsync(bytes, { numiterations: 5 });
