// A letter for each category, for who can't tell their colours apart: one of its name, where that is free.
import { computed } from '@preact/signals';
import { categories } from '../../api/categories';
import { lettersOf } from './letters';

const marks = computed(() => lettersOf(categories.value.map(({ name }) => name)));

export const markOf = (category: string): string => marks.value.get(category) ?? '?';
