import type { Order } from '../api/contract';

/** How many devices of an order are done, failed, and in all. */
export function tally({ devices }: Order): { done: number; failed: number; all: number } {
  const of = (...states: string[]) => devices.filter(({ state }) => states.includes(state)).length;
  return { done: of('done'), failed: of('failed', 'expired'), all: devices.length };
}
