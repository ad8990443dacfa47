// For which camera a model or a training is, where there are several.
import { computed, signal } from '@preact/signals';
import type { Model } from '../../api/types';
import { Segmented } from '../../ui/button';
import { more } from '../../words/more';
import { cameras, models } from './state';

const w = more.train;

/** The id of a camera; empty for all that have no model of their own. */
export type Place = string;

/** Where models are put live. */
const wanted = signal<Place>('');

/** Cameras for which there may be something; none where there is but one. One that is gone may have left its model. */
const places = computed(() => {
  const left = (models.value ?? []).flatMap(({ cameras: own }) => own ?? []);
  const ids = cameras.value;
  return ids.length > 1 || left.some((id) => !ids.includes(id)) ? [...new Set([...ids, ...left])] : [];
});

export const place = computed<Place>(() => (places.value.includes(wanted.value) ? wanted.value : ''));
/** For requests. */
export const at = (camera: Place | null | undefined) => (camera ? { camera } : {});

/** Whether it looks there, and nowhere else is asked about. */
export const isLiveAt = (model: Model, camera: Place | null | undefined) =>
  camera ? Boolean(model.cameras?.includes(camera)) : model.deployed;
/** The model that looks there. */
export const liveAt = (camera: Place): Model | undefined =>
  models.value?.find((model) => isLiveAt(model, camera)) ?? models.value?.find(({ deployed }) => deployed);

/** Where a model looks, in words; one for each badge. */
export function whereLive({ deployed, cameras: own }: Model): string[] {
  if (!places.value.length) return deployed || own?.length ? [w.live] : [];
  return [...(deployed ? [w.forAll] : []), ...(own ?? [])].map((where) => `${w.live}: ${where}`);
}

export function Places(props: { label: string; prefix: string; value: Place; choose: (camera: Place) => void }) {
  if (!places.value.length) return null;
  const options = [['', w.forAll] as const, ...places.value.map((id) => [id, id] as const)];
  return <Segmented {...props} options={options} />;
}

export function ModelPlaces() {
  const choose = (camera: Place) => {
    wanted.value = camera;
  };
  return <Places label={w.deploy} prefix="place" value={place.value} choose={choose} />;
}
