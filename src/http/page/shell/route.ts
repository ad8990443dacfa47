// Which view is shown, after the address: `#/camera`, `#/label`, `#/label/{frame}`, `#/train`, `#/trainings/{id}`,
// `#/library`, `#/clips`, `#/clips/{id}`, `#/clips/{id}/{frame}`, `#/categories`, `#/categories/{name}`, `#/device`, `#/pair`, `#/pair/{code}`.
import { computed, signal } from '@preact/signals';

export const VIEWS = ['camera', 'label', 'library', 'clips', 'categories', 'train', 'book', 'device', 'pair'] as const;
export type View = (typeof VIEWS)[number];
export interface Route {
  view: View;
  id: string | undefined;
  /** Of a clip. */
  frame?: string | undefined;
}

function read(): Route {
  const [name = '', id, frame] = location.hash.replace(/^#\/?/, '').split('/');
  if (name === 'trainings' && id) return { view: 'book', id };
  const view = VIEWS.find((known) => known === name && known !== 'book');
  return { view: view ?? 'camera', id: id || undefined, frame };
}

export const route = signal(read());
addEventListener('hashchange', reroute);

/** Shows what the address says now; for those who changed it without the browser telling. */
export function reroute(): void {
  route.value = read();
}

const UNDER: Partial<Record<View, View>> = { book: 'train', categories: 'library', clips: 'library' };
/** The tab that is marked. */
export const tab = computed(() => UNDER[route.value.view] ?? route.value.view);
