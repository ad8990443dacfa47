// Which frames the library shows.
import { computed, signal } from '@preact/signals';
import type { Phase } from '../../api/types';

export const PHASES = ['unlabelled', 'labelled', 'reviewed', 'final'] as const satisfies readonly Phase[];
export const SOURCES = ['camera', 'scene', 'folder', 'import', 'upload'] as const;
export const SIDES = ['training', 'validation'] as const;

export interface Filter {
  phase: Phase | 'all';
  category: string;
  side: (typeof SIDES)[number] | '';
  source: (typeof SOURCES)[number] | '';
  /** The id of one of several. */
  camera: string;
  /** Days as a date field gives them, `2026-11-28`; the last one is among them. */
  since: string;
  until: string;
  /** `unsure`: as the newest training's winner saw them, the least sure first. */
  order: 'newest' | 'unsure';
}

export const EVERYTHING: Filter = {
  phase: 'all',
  category: '',
  side: '',
  source: '',
  camera: '',
  since: '',
  until: '',
  order: 'newest',
};

export const filter = signal<Filter>(EVERYTHING);

/** How many of the lesser filters are set. */
export const narrowed = computed(() => {
  const { category, side, source, camera, since, until, order } = filter.value;
  return [category, side, source, camera, since, until, order === 'unsure'].filter(Boolean).length;
});

/** As the device takes it. */
export function query({ phase, category, side, source, camera, since, until }: Filter) {
  return {
    ...(phase !== 'all' && { phase }),
    ...(category && { category }),
    ...(side && { side }),
    ...(source && { source }),
    ...(camera && { camera }),
    ...(since && { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(until && { until: dayAfter(until).toISOString() }),
  };
}

function dayAfter(day: string): Date {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + 1);
  return date;
}
