// The looks of the model, each with the very frame that it looked at: what is on the screen is of one look, always.
import { batch, signal } from '@preact/signals';
import { device, ok } from '../../api/client';
import { on } from '../../api/news';
import type { Detections } from '../../api/types';
import { camera, chosen, isChosen, ofChosen } from './chosen';

/** A look, and its picture without boxes. */
export interface Look {
  detections: Detections;
  picture: ImageBitmap;
}

/** What is on the screen; null while no model looks, and where its pictures do not come. */
export const shown = signal<Look | null>(null);
/** What the model saw last, with or without its picture; null before it saw anything. */
export const newest = signal<Detections | null>(null);
/** Whether `newest` is of now. */
export const fresh = signal(false);
/** Whether the picture stands still. */
export const held = signal(false);

/** Milliseconds without a look after which the model counts as looking no more, and how many of its looks at least. */
const [PATIENCE, LOOKS] = [5_000, 3];
let stale = 0;
let wanted: Detections | null = null;
let fetching = false;
let touched = false; // a finger lies on the picture

function take(look: Detections | null): void {
  if (!look || look.id === newest.peek()?.id || !isChosen(look.camera)) return;
  newest.value = look;
  fresh.value = true;
  clearTimeout(stale);
  const pace = 1_000 / (camera.peek()?.live_fps || 1);
  stale = window.setTimeout(end, Math.max(PATIENCE, LOOKS * pace));
  wanted = look;
  void catchUp();
}

/** The model looks no more. */
function end(): void {
  fresh.value = false;
  if (!held.peek()) shown.value = null;
}

/** A slow link shows fewer looks, never older ones. */
async function catchUp(): Promise<void> {
  if (fetching) return;
  fetching = true;
  while (wanted && !held.peek() && !touched && !document.hidden) {
    const detections = wanted;
    wanted = null;
    const picture = await pictureOf(detections.id).catch(() => null);
    if (!picture) continue; // forgotten already, or no answer: the next one
    if (touched) {
      wanted ??= detections;
      picture.close();
      break;
    }
    if (held.peek() || !fresh.peek() || !isChosen(detections.camera)) break;
    const before = shown.peek();
    shown.value = { detections, picture };
    before?.picture.close();
  }
  fetching = false;
}

async function pictureOf(id: string): Promise<ImageBitmap> {
  const params = { path: { id } };
  const jpeg = await ok(device.GET('/api/v1/detections/{id}.jpg', { params, parseAs: 'blob' }));
  return createImageBitmap(jpeg as unknown as Blob);
}

/** What is under a finger is not exchanged before it is let go: the object that is meant is one of what was seen. */
export function touch(down: boolean): void {
  touched = down;
  if (!down) void catchUp();
}

/** Lets the picture that is shown stand still. */
export function hold(): void {
  if (shown.peek()) held.value = true;
}

/** On with what is seen now. */
export function release(): void {
  batch(() => {
    held.value = false;
    if (!fresh.peek()) shown.value = null;
  });
  void catchUp();
}

function forget(): void {
  clearTimeout(stale);
  wanted = null;
  batch(() => {
    held.value = false;
    fresh.value = false;
    shown.value = null;
    newest.value = null;
  });
}

/** Follows the looks until what is returned is called. */
export function follow(): () => void {
  const ask = () => {
    const params = { query: ofChosen() };
    void ok(device.GET('/api/v1/detections', { params })).then(take, () => {}); // the camera's line says if it fails
  };
  const back = () => void (document.hidden || catchUp());
  // The stream tells of every look; where there is none, it is asked for. Another camera shows nothing of the one before.
  const other = chosen.subscribe((id) => {
    if (id) forget();
    ask();
  });
  const ends = [on('detections', take), on('poll', ask), other];
  document.addEventListener('visibilitychange', back);
  return () => {
    for (const end of ends) end();
    document.removeEventListener('visibilitychange', back);
    forget();
  };
}
