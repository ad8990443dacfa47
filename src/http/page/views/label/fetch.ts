// What is needed of a frame to show it: from this phone where it was fetched ahead, else from the device.
import { can } from '../../api/access';
import { ApiError, device, ok, pictureUrl, silence, slowly } from '../../api/client';
import { SMALL, taken } from '../../api/early';
import type { Frame, FrameLabels, Prediction } from '../../api/types';
import { aheadOf, fetchPicture } from '../../offline/ahead';
import { words } from '../../words';
import type { Stop } from './queue';

export interface Fetched {
  labels: FrameLabels;
  picture: HTMLImageElement;
  /** It is only a small one, of a slow link. */
  small: boolean;
  proposals: Prediction[];
  /** The labels are as they were some time ago. */
  old: boolean;
}

export const labelsOf = (frame: string): Promise<FrameLabels> =>
  ok(device.GET('/api/v1/frames/{id}/labels', { params: { path: { id: frame } } }));

export const frameOf = (frame: string): Promise<Frame> =>
  ok(device.GET('/api/v1/frames/{id}', { params: { path: { id: frame } } })).catch((error) => {
    throw error instanceof ApiError && error.status === 404 ? new ApiError(404, words.label.wasDeleted) : error;
  });

async function decoded(bytes: Blob): Promise<HTMLImageElement> {
  const picture = new Image();
  const url = URL.createObjectURL(bytes);
  try {
    picture.src = url;
    await picture.decode();
    return picture;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A frame's picture, as large as a phone shows it. */
export const sharpOf = (frame: Frame): Promise<HTMLImageElement> =>
  fetchPicture(frame)
    .then(decoded)
    .catch((error) => {
      throw silence(error) ? error : new Error(words.label.noPicture);
    });

/** The small one that was asked for before anything else, if any was. */
async function smallOf(frame: Frame): Promise<HTMLImageElement | null> {
  const answer = await taken(new URL(pictureUrl(frame.id, SMALL), location.href).href)?.catch(() => null);
  return answer?.ok ? decoded(await answer.blob()) : null;
}

/** Frames that nobody proposed anything for yet are asked about; without an answer nothing is proposed. */
async function proposed(stop: Stop): Promise<Prediction[]> {
  if (stop.proposals) return stop.proposals;
  if (!can('labeller')) return [];
  const params = { path: { id: stop.frame.id } };
  const asked = ok(device.GET('/api/v1/frames/{id}/proposals', { params, ...slowly }));
  const { items } = await asked.catch(() => ({ items: [] }));
  stop.proposals = items;
  return items;
}

export async function fetched(stop: Stop): Promise<Fetched> {
  const { frame } = stop;
  const kept = await aheadOf(frame.id);
  if (kept) {
    stop.proposals ??= kept.proposals;
    return {
      labels: kept.labels,
      picture: await decoded(kept.picture),
      small: false,
      proposals: stop.proposals,
      old: true,
    };
  }
  const small = smallOf(frame).catch(() => null);
  const picture = small.then((there) => there ?? sharpOf(frame));
  const [labels, shown, proposals] = await Promise.all([labelsOf(frame.id), picture, proposed(stop)]);
  return { labels, picture: shown, small: shown === (await small), proposals, old: false };
}
