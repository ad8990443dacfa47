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

/** Bytes as gzip. */
export const packed = (bytes) => zopfli.gzipAsync(bytes, { numiterations: 5 });
