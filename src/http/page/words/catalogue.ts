// A catalogue of sentences in another language, and how a sentence is looked up in it.

/**
 * English to another language. `{}` stands for whatever stands there, `{n}` for a number, `{+}` for what is translated in
 * turn.
 */
export type Catalogue = Readonly<Record<string, string>>;

/** A catalogue that is ready to be looked up in. */
export type Sentences = readonly { from: RegExp; to: string }[];

const GAPS = /\{[n+]?\}/g;
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export const sentences = (catalogue: Catalogue): Sentences =>
  Object.entries(catalogue).map(([from, to]) => {
    const gaps = [...from.matchAll(GAPS)].map(([gap]) => (gap === '{n}' ? '([\\d.]+)' : '(.+?)'));
    const pattern = from.split(GAPS).map((text, i) => escaped(text) + (gaps[i] ?? ''));
    return { from: new RegExp(`^${pattern.join('')}$`, 's'), to };
  });

/** The sentence in the other language; as it came where that has none for it. */
export function translated(text: string, by: Sentences): string {
  for (const { from, to } of by) {
    const found = from.exec(text);
    if (!found) continue;
    let gap = 0;
    return to.replace(GAPS, (kind) => {
      gap += 1;
      const said = found[gap] ?? '';
      return kind === '{+}' ? translated(said, by) : said;
    });
  }
  return text;
}
