// The lines of the learning curve: which there are, apart from drawing them.
import type { Category, Side } from '../../api/types';
import type { Epoch } from './contract';

export interface Line {
  name: string;
  /** As CSS has it; one of the page's own by its name. */
  colour: string;
  /** Drawn faintly, since another one was chosen. */
  faint: boolean;
  dashed: boolean;
  /** Epoch and value, 0 to 1; `null` where there is none. */
  values: [number, number | null][];
}

/** One line a side of the split. */
export const bySide = (epochs: Epoch[], dashed: boolean): Line[] =>
  (['validation', 'training'] as const)
    .map((side: Side) => ({
      name: side,
      colour: side,
      faint: false,
      dashed,
      values: epochs.map(({ epoch, metrics }): [number, number | null] => [epoch, metrics[side]?.ap50 ?? null]),
    }))
    .filter(({ values }) => values.some(([, value]) => value !== null));

/** One line a category, on what it was tested on. */
export function byCategory(epochs: Epoch[], categories: Category[], chosen: string | null): Line[] {
  const names = [...new Set(epochs.flatMap((epoch) => epoch.categories?.map(({ name }) => name) ?? []))];
  return names.map((name) => ({
    name,
    colour: categories.find((category) => category.name === name)?.colour ?? 'muted',
    faint: chosen !== null && chosen !== name,
    dashed: false,
    values: epochs.map(({ epoch, categories: judged }) => [epoch, judged?.find((j) => j.name === name)?.ap50 ?? null]),
  }));
}
