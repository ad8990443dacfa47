// Which model looks at the camera that is shown, and what is wrong with that.
import { computed } from '@preact/signals';
import { chosen } from './chosen';
import { known, status } from './status';

/** How it goes with the camera that is shown, where there are several: each may have a model of its own. */
const own = computed(() => chosen.value && status.value?.live.cameras.find(({ camera }) => camera === chosen.value));

const watching = computed(() => {
  const now = status.value;
  if (!now) return undefined;
  const id = own.value ? own.value.model : now.model?.id;
  return id ? known.value.get(id) : null;
});

/** Undefined before it is known, null where none is deployed. */
export const deployed = computed(() => (watching.value === null ? null : watching.value?.model));
/** By which it was made; null where that is not known. */
export const maker = computed(() => watching.value?.maker ?? null);
/** In words of the device. */
export const wrong = computed(() => (own.value ? own.value.error : status.value?.live.error));
/** Whether it looks at this camera alone. */
export const isOwn = computed(() => Boolean(chosen.value && deployed.value?.cameras?.includes(chosen.value)));
