// A catalogue of sentences in another language, and how a sentence is looked up in it.

/** English to another language. `{}` stands for whatever stands there, `{+}` for what is translated in turn. */
export type Catalogue = Readonly<Record<string, string>>;

const GAP = /\{\+?\}/;
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The sentence in the other language; as it came where that has none for it. */
export function translated(text: string, by: Catalogue): string {
  for (const [from, to] of Object.entries(by)) {
    const found = new RegExp(`^${from.split(GAP).map(escaped).join('(.+?)')}$`, 's').exec(text);
    if (!found) continue;
    let gap = 0;
    return to.replace(new RegExp(GAP, 'g'), (kind) => {
      gap += 1;
      const said = found[gap] ?? '';
      return kind === '{}' ? said : translated(said, by);
    });
  }
  return text;
}
