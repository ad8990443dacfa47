// A film that the device reads: it is sent as a whole.
import { ApiError, device, HOME, ok } from '../../api/client';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { ofDevice } from '../../words/device';
import { lasting } from '../../words/format';
import type { FilmImport } from './contract';
import { absent, clipOf } from './frames';
import type { Told } from './told';

/** How often the device is asked how far it is, ms. */
const ASK = 500;

/** Sends the film; answers the clip that the device made of it. */
export async function uploaded(file: File, tell: (told: Told) => void, signal: AbortSignal): Promise<string> {
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
    // Who stops it here leaves what had come; who deletes the clip stops it, too.
    if (now.state === 'cancelled') {
      const there = !now.frames || (await clipOf(clip).catch(absent));
      throw new ApiError(0, there ? w.stopped(now.frames) : w.isGone);
    }
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
