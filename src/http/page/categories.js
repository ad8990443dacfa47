// The categories, shared by the sections.
import { api } from './api.js';

export let categories = [];

export async function loadCategories() {
  categories = (await api('categories')).items;
  return categories;
}

export async function addCategory(category) {
  const added = await api('categories', { method: 'POST', body: category });
  await loadCategories();
  return added;
}

export const kindOf = (name) => categories.find((c) => c.name === name)?.kind ?? 'box';
export const colourOf = (name) => categories.find((c) => c.name === name)?.colour ?? '#8a8f8c';

// Told apart by people with any colour vision, on bright and on dark pictures.
const PALETTE = ['#e4572e', '#2e86de', '#f2b134', '#9b5de5', '#17b890', '#f15bb5', '#7cb518', '#00bbf9'];

/** A colour that no category has yet, where there is one. */
export const freshColour = () => PALETTE.find((c) => !categories.some((k) => k.colour.toLowerCase() === c)) ?? PALETTE[categories.length % PALETTE.length];
