// A film on its way to the device: decoded here, picture by picture, else by the device.
import { ApiError, device, HOME, ok, slowly } from '../../api/client';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import { lasting } from '../../words/format';
import type { FilmImport } from './contract';

/** Seconds between two pictures, and how many there are at most. */
const EVERY = 0.5;
const MOST = 600;
/** Pixels of the longer side of a picture. */
const LONGER = 1920;
/** A browser that does not come to a picture within this time can't read the film, ms. */
const PATIENCE = 8_000;
/** How often the device is asked how far it is, ms. */
const ASK = 500;

export interface Told {
  /** Of 0 to 1. */
  share: number;
  text: string;
}

/** This browser can't read it. */
class Unreadable extends Error {}

/** Brings a film in; answers its clip. `signal`: somebody stops it. */
export async function bring(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<string> {
  try {
    return await decoded(file, tell, signal);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
  }
  return await uploaded(file, tell, signal);
}

/** Waits for one of two events of the film, and not for ever. */
function until(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((done, failed) => {
    const ends = new AbortController();
    const { signal } = ends;
    const timer = setTimeout(() => over(new Unreadable(event)), PATIENCE);
    const over = (error?: Error) => {
      clearTimeout(timer);
      ends.abort();
      if (error) failed(error);
      else done();
    };
    video.addEventListener(event, () => over(), { signal });
    video.addEventListener('error', () => over(new Unreadable('error')), { signal });
  });
}

async function decoded(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<string> {
  const video = document.createElement('video');
  Object.assign(video, { muted: true, playsInline: true, preload: 'auto' });
  const url = URL.createObjectURL(file);
  let sent = 0;
  let clip = 'new';
  try {
    const there = until(video, 'loadeddata');
    video.src = url;
    await there;
    const { duration, videoWidth, videoHeight } = video;
    if (!Number.isFinite(duration) || !videoWidth) throw new Unreadable('duration');
    const every = Math.max(EVERY, duration / MOST);
    const times = Array.from({ length: Math.max(1, Math.ceil(duration / every)) }, (_, n) => n * every);
    const scale = Math.min(1, LONGER / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) });
    const begun = file.lastModified - duration * 1000;
    for (const at of times) {
      if (signal.aborted) throw new ApiError(0, w.stopped(sent));
      await seek(video, at);
      const jpeg = await pictureOf(video, canvas);
      clip = await send(jpeg, { clip, at, name: file.name, taken: new Date(begun + at * 1000).toISOString() });
      sent += 1;
      tell({ share: sent / times.length, text: w.reading(sent, times.length) });
    }
    return clip;
  } catch (error) {
    // Nothing of it is there yet: the device may do better.
    if (!sent || (error instanceof ApiError && error.message === w.stopped(sent))) throw error;
    throw new ApiError(0, w.brokenOff(sent, error instanceof ApiError ? error.message : words.silent));
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

/** Shows the picture of this time. */
async function seek(video: HTMLVideoElement, at: number): Promise<void> {
  if (at === 0 && video.currentTime === 0) return; // it is shown already, and no event comes
  const there = until(video, 'seeked');
  video.currentTime = at;
  await there;
}

function pictureOf(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<Blob> {
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Unreadable('blob'))), 'image/jpeg', 0.9),
  );
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

/** Sends the film itself; the device reads it. */
async function uploaded(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<string> {
  const { clip } = await whole(file, tell, signal);
  const params = { path: { id: clip } };
  signal.addEventListener(
    'abort',
    () => void ok(device.DELETE('/api/v1/clips/{id}/import', { params })).catch(() => {}),
  );
  for (;;) {
    const now = await ok(device.GET('/api/v1/clips/{id}/import', { params }));
    if (now.state === 'done') {
      if (!now.frames) throw new ApiError(0, w.still);
      return clip;
    }
    if (now.state === 'cancelled') throw new ApiError(0, w.stopped(now.frames));
    if (now.state === 'failed') throw new ApiError(0, ofDevice(now.error ?? ''));
    const share = now.of ? Math.min(1, now.seconds / now.of) : 0;
    tell({ share, text: w.taking(now.frames, lasting(now.seconds)) });
    await new Promise((done) => setTimeout(done, ASK));
  }
}

/** `fetch` does not tell how much has gone up. */
function whole(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<FilmImport> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => tell({ share: loaded / total, text: w.sent(loaded / total) });
    request.onload = () => {
      const { status, responseText } = request;
      if (status === 202) done(JSON.parse(responseText));
      else failed(new ApiError(status, refused(responseText, status)));
    };
    request.onerror = () => failed(new ApiError(0, words.silent));
    request.onabort = () => failed(new ApiError(0, w.stopped(0)));
    request.open('POST', `${HOME}api/v1/clips?${new URLSearchParams({ name: file.name })}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
    signal.addEventListener('abort', () => request.abort());
  });
}

function refused(body: string, status: number): string {
  try {
    return ofDevice(JSON.parse(body).detail);
  } catch {
    return words.answered(status);
  }
}
