// What the device tells of a flip book, and how it is asked. It stands here until the device's document tells all of it;
// what a device of today leaves out is optional, and then not shown.
import { device, ok, slowly } from '../../api/client';
import type { Experiment, FlipBookFrame, Metrics, Side, Training } from '../../api/types';
import { ofDeviceEach } from '../../words/device';

/** A frame at one epoch. */
export interface Point {
  score: number;
  loss: number;
  confidence: number;
  /** How many of the frame's labels were found, where nothing was seen, what was seen as something else. */
  found?: number;
  missed?: number;
  confused?: number;
  /** Predictions where no label is. */
  false?: number;
  /** A letter for each label: `f` found, `m` missed, `c` confused. */
  labels?: string;
}

/** How a category fared at one epoch. */
export interface Judged {
  name: string;
  objects: number;
  found: number;
  wrong: number;
  /** `null` where nothing of it is labelled. */
  ap50?: number | null;
}

export interface Epoch {
  epoch: number;
  experiment: string;
  /** Experiments that do not lead look at one side alone. */
  metrics: { [side in Side]?: Metrics | null };
  categories?: Judged[];
  /** Those that have pages, the leader first. */
  experiments?: string[];
  /** `null` for a frame that the experiment did not look at. */
  points: (Point | null)[];
}

export interface Book {
  training: string;
  /** Why it has no pages, ends early, or what was left out. */
  note?: string | null;
  frames: FlipBookFrame[];
  epochs: Epoch[];
}

export interface Suspects {
  items: { frame: string; category: string; text: string }[];
  note?: string | null;
}

type Ask = (path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
const ask = <T>(path: string, id: string, query = {}, more = {}): Promise<T> =>
  ok<unknown>((device.GET as unknown as Ask)(path, { params: { path: { id }, query }, ...more })) as Promise<T>;

/** The book of whichever experiment led, or of one. */
export const bookOf = (id: string, experiment: string | null): Promise<Book> =>
  ask('/api/v1/trainings/{id}/flipbook', id, { experiment });

export const animationOf = (id: string, frame: string, experiment: string | null): Promise<Blob> =>
  ask('/api/v1/trainings/{id}/flipbook.gif', id, { frame, experiment }, { parseAs: 'blob', ...slowly });

/** Whether the device keeps the pages of every experiment, and can say what is probably mislabelled. */
export const tellsAll = (book: Book): boolean => book.epochs.some((epoch) => epoch.experiments);

/** What is probably mislabelled, worst first. */
export const suspectsOf = (id: string): Promise<Suspects> => ask('/api/v1/trainings/{id}/suspects', id, {}, slowly);

/** What an experiment tries, in words. */
export function triedBy(training: Training, id: string): { number: number; words: string } {
  const all: (Experiment & { words?: string })[] = training.experiments;
  const n = all.findIndex((experiment) => experiment.id === id);
  return { number: n + 1, words: ofDeviceEach(all[n]?.words ?? '') };
}
