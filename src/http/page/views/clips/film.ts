// A film on its way to the device: decoded here, picture by picture, else by the device.
import { ApiError, device, ok, slowly } from '../../api/client';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { Reel, Unreadable } from './reel';
import type { Told } from './told';
import { uploaded } from './upload';

/** Seconds between two pictures, and how many there are at most. */
const EVERY = 0.5;
const MOST = 600;

/** Brings a film in; answers its clip. `signal`: somebody stops it. */
export async function bring(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<string> {
  let reel: Reel;
  try {
    reel = await Reel.open(file);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return await uploaded(file, tell, signal);
  }
  try {
    const clip = await decoded(reel, file, tell, signal);
    return clip ?? (await uploaded(file, tell, signal));
  } finally {
    reel.close();
  }
}

/** Sends its pictures, all but near copies; answers the clip, and null where none of them can be read. */
async function decoded(
  reel: Reel,
  file: File,
  tell: (told: Told) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const every = Math.max(EVERY, reel.seconds / MOST);
  const begun = file.lastModified - reel.seconds * 1000;
  let clip = 'new';
  let [sent, alike] = [0, 0];
  try {
    // How long it is may show only as it is read.
    for (let n = 0; n === 0 || (n < MOST && n * every < reel.seconds); n += 1) {
      if (signal.aborted) throw new ApiError(0, w.stopped(sent));
      const at = n * every;
      const jpeg = await reel.at(at);
      if (jpeg) {
        clip = await send(jpeg, { clip, at, name: file.name, taken: new Date(begun + at * 1000).toISOString() });
        sent += 1;
      } else alike += 1;
      const of = Math.max(n + 1, Math.min(MOST, Math.ceil(reel.seconds / every)));
      tell({ share: (n + 1) / of, text: w.reading(n + 1, of, alike) });
    }
    return clip;
  } catch (error) {
    if (!sent && error instanceof Unreadable) return null; // the device may do better
    if (!sent || (error instanceof ApiError && error.message === w.stopped(sent))) throw error;
    if (error instanceof ApiError && error.status === 404) throw new ApiError(0, w.isGone);
    throw new ApiError(0, w.brokenOff(sent, error instanceof ApiError ? error.message : words.silent));
  }
}

interface Query {
  clip: string;
  at: number;
  name: string;
  taken: string;
}

/** Sends a picture, as the next frame of the clip; answers the clip. */
async function send(jpeg: Blob, query: Query): Promise<string> {
  const params = { query };
  const post = () => ok(device.POST('/api/v1/frames', { params, body: jpeg as unknown as string, ...slowly }));
  try {
    return (await post()).clip?.id ?? query.clip;
  } catch (error) {
    // It may have come all the same; then the second one is refused, as it does not lie after the last.
    if (!(error instanceof ApiError) || error.status !== 0 || query.clip === 'new') throw error;
    try {
      return (await post()).clip?.id ?? query.clip;
    } catch (other) {
      if (other instanceof ApiError && other.status === 409) return query.clip;
      throw other;
    }
  }
}
