// The categories of the device, shared by the views.
import { signal } from '@preact/signals';
import { device, ok } from './client';
import { on } from './news';
import type { components } from './schema';
import type { Category, LabelKind } from './types';

/** As last heard; empty before the first [`loadCategories`]. */
export const categories = signal<Category[]>([]);

export async function loadCategories(): Promise<Category[]> {
  const { items } = await ok(device.GET('/api/v1/categories'));
  categories.value = items;
  return items;
}

// Somebody else changed them, or may have while nobody was heard: also between the stream of a tab that was closed and that
// of the next.
const again = () => void loadCategories().catch(() => {});
on('categories', again);
on('open', again);

export async function addCategory(category: components['schemas']['NewCategory']): Promise<Category> {
  const added = await ok(device.POST('/api/v1/categories', { body: category }));
  await loadCategories();
  return { ...added, examples: [] };
}

const find = (name: string) => categories.value.find((category) => category.name === name);

export const kindOf = (name: string): LabelKind => find(name)?.kind ?? 'box';
/** Grey for a category that is gone. */
export const colourOf = (name: string): string => find(name)?.colour ?? '#8a8f8c';

// Told apart by people with any colour vision, on bright and on dark pictures.
const PALETTE = ['#e4572e', '#2e86de', '#f2b134', '#9b5de5', '#17b890', '#f15bb5', '#7cb518', '#00bbf9'] as const;

/** A colour that no category has yet, where there is one. */
export function freshColour(): string {
  const used = new Set(categories.value.map((category) => category.colour.toLowerCase()));
  const next = PALETTE[categories.value.length % PALETTE.length] ?? PALETTE[0];
  return PALETTE.find((colour) => !used.has(colour)) ?? next;
}
