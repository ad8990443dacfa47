// What a training would learn from, and what is chosen for it.
import { computed, signal } from '@preact/signals';
import { device, ok, slowly } from '../../api/client';
import type { components } from '../../api/schema';
import { at, liveAt, type Place } from './place';
import { take, trainings } from './state';

export type Plan = components['schemas']['TrainingPlan'];
type PlanCategory = Plan['categories'][number];
export type From = 'base' | 'live';

/** Minutes of the first training; a later one takes those of the one before. */
const MINUTES = 5;

export const open = signal(false);
export const from = signal<From>('base');
/** For which camera. */
export const whose = signal<Place>('');
/** The model that looks there now. */
export const before = computed(() => liveAt(whose.value));
/** Categories that are not to be learned. */
export const without = signal<ReadonlySet<string>>(new Set());
/** As the device tells it; null before it has. */
export const plan = signal<Plan | null>(null);
/** Why the device did not tell. */
export const noPlan = signal('');
/** Every category that can be learned, chosen or not. */
export const all = signal<PlanCategory[]>([]);
const picked = signal<number | null>(null);

const offered = computed(() => plan.value?.choices.map(({ minutes }) => minutes) ?? []);
/** Minutes that are chosen: what was tapped, else what the last training took, as near as there is a choice. */
export const minutes = computed(() => {
  const wanted = picked.value ?? trainings.value?.find((training) => training.minutes)?.minutes ?? MINUTES;
  const off = (one: number) => Math.abs(Math.log(one / wanted));
  return offered.value.length ? offered.value.reduce((a, b) => (off(b) < off(a) ? b : a)) : wanted;
});
export const pick = (chosen: number): void => {
  picked.value = chosen;
};

export const chosen = computed(() => all.value.map(({ name }) => name).filter((name) => !without.value.has(name)));

/** What is asked for, where it is not what the device takes by itself. */
function wanted(): { categories?: string[]; from?: string; camera?: string } {
  const id = from.value === 'live' && before.value?.id;
  return { ...at(whose.value), ...(without.value.size > 0 && { categories: chosen.value }), ...(id && { from: id }) };
}

let asked = 0;

async function ask(): Promise<void> {
  asked += 1;
  const own = asked;
  noPlan.value = '';
  const { categories, ...rest } = wanted();
  const query = { ...(categories && { categories: categories.join(',') }), ...rest };
  try {
    const told = await ok(device.GET('/api/v1/trainings/plan', { params: { query }, ...slowly }));
    if (own !== asked) return;
    plan.value = told;
    if (!categories) all.value = told.categories;
  } catch (error) {
    if (own === asked) noPlan.value = error instanceof Error ? error.message : String(error);
  }
}

/** Opens the sheet; what was chosen for an earlier training is chosen no more. */
export function prepare(): void {
  without.value = new Set();
  from.value = 'base';
  whose.value = '';
  picked.value = null;
  plan.value = null;
  all.value = [];
  open.value = true;
  void ask();
}

export function startFrom(chosen: From): void {
  from.value = chosen;
  void ask();
}

/** What is learned from other frames may be of other categories. */
export function trainFor(camera: Place): void {
  whose.value = camera;
  without.value = new Set();
  void ask();
}

export function toggle(name: string): void {
  const next = new Set(without.value);
  if (!next.delete(name)) next.add(name);
  without.value = next;
  if (chosen.value.length > 0) void ask();
}

export async function train(): Promise<void> {
  const body = { minutes: minutes.value, ...wanted() };
  take(await ok(device.POST('/api/v1/trainings', { body })));
  open.value = false;
}
