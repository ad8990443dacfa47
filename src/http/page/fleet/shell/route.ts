// Which view is shown, after the address: `#/devices?…`, `#/devices/{id}`, `#/orders`, `#/orders/{id}`, `#/orders/new`,
// `#/history?…`, `#/people`, `#/pair`, `#/pair/{code}`. What is asked for of a list stands behind the `?`.
import { computed, signal } from '@preact/signals';

export const VIEWS = ['devices', 'orders', 'history', 'people', 'pair'] as const;
export type View = (typeof VIEWS)[number];
export interface Route {
  view: View;
  id: string | undefined;
  asked: URLSearchParams;
}

function read(): Route {
  const [path = '', query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, id] = path.split('/');
  const view = VIEWS.find((known) => known === name) ?? 'devices';
  return { view, id: id ? decoded(id) : undefined, asked: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const route = signal(read());
addEventListener('hashchange', reroute);

/** Shows what the address says now; for those who changed it without the browser telling. */
export function reroute(): void {
  route.value = read();
}

export const view = computed(() => route.value.view);
