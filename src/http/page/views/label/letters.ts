// Short marks for names, all of them different.

/** One letter each, of the name where that is free; where letters run out, two characters. */
export function lettersOf(names: string[]): Map<string, string> {
  const taken = new Set<string>();
  const marks = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const own = [...name.toUpperCase()].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
    const pairs = own.slice(1).map((letter) => `${own[0]}${letter}`);
    const mark = [...own, ...pairs].find((one) => !taken.has(one)) ?? String(i + 1);
    taken.add(mark);
    marks.set(name, mark);
  }
  return marks;
}
