// A film that this browser reads itself, picture by picture.
import { isNear, type Likeness, likenessOf } from './likeness';

/** Pixels of the longer side of a picture. */
const LONGER = 1920;
/** A picture of just this time is shown from here on, however its time was rounded: seconds. */
const HAIR = 5e-4;
/** A browser that does not come to a picture within this time can't read the film, ms. */
const PATIENCE = 8_000;

/** A browser that does not say when it shows a picture has shown it by then, ms. */
const SHOWN = 1_000;

/** This browser can't read it. */
export class Unreadable extends Error {}

/** Waits for an event of the film, and not for ever. `act` brings it about. */
function event(video: HTMLVideoElement, name: string, act: () => void): Promise<void> {
  return new Promise((done, failed) => {
    const ends = new AbortController();
    const { signal } = ends;
    const timer = setTimeout(() => over(new Unreadable(name)), PATIENCE);
    const over = (error?: Error) => {
      clearTimeout(timer);
      ends.abort();
      if (error) failed(error);
      else done();
    };
    video.addEventListener(name, () => over(), { signal });
    video.addEventListener('error', () => over(new Unreadable('error')), { signal });
    act();
  });
}

/** Resolves once another picture is shown: where a browser is busy, that is after it says that it has found it. */
const presented = (video: HTMLVideoElement): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, SHOWN);
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(() => done());
  });

export class Reel {
  private last: Likeness | undefined;

  private constructor(
    private readonly video: HTMLVideoElement,
    private readonly canvas: HTMLCanvasElement,
    /** When it begins, in its own time, which is not 0 for a film that was cut: seconds. */
    private readonly begins: number,
  ) {}

  static async open(file: File): Promise<Reel> {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, playsInline: true, preload: 'auto' });
    try {
      await event(video, 'loadeddata', () => {
        video.src = URL.createObjectURL(file);
      });
      const { duration, videoWidth, videoHeight } = video;
      if (!Number.isFinite(duration) || !videoWidth) throw new Unreadable('duration');
      const scale = Math.min(1, LONGER / Math.max(videoWidth, videoHeight));
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) });
      return new Reel(video, canvas, video.currentTime);
    } catch (error) {
      closed(video);
      throw error;
    }
  }

  /** How long it is, as far as is known by now: seconds. */
  get seconds(): number {
    const { duration, buffered } = this.video;
    const read = buffered.length ? buffered.end(buffered.length - 1) : 0;
    return Math.max(duration, read) - this.begins;
  }

  /** The picture that is shown so many seconds from its beginning, as a JPEG; null where it is a near copy of the last one. */
  async at(seconds: number): Promise<Blob | null> {
    const { video, canvas } = this;
    const time = this.begins + seconds + HAIR;
    // What is shown already brings no event.
    if (time !== video.currentTime) {
      const shown = presented(video);
      await event(video, 'seeked', () => {
        video.currentTime = time;
      });
      await shown;
    }
    const g = canvas.getContext('2d', { willReadFrequently: true });
    if (!g) throw new Unreadable('canvas');
    g.drawImage(video, 0, 0, canvas.width, canvas.height);
    const likeness = likenessOf(g.getImageData(0, 0, canvas.width, canvas.height));
    if (this.last && isNear(this.last, likeness)) return null;
    this.last = likeness;
    return new Promise((done, failed) =>
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Unreadable('blob'))), 'image/jpeg', 0.9),
    );
  }

  close(): void {
    closed(this.video);
  }
}

function closed(video: HTMLVideoElement): void {
  const url = video.src;
  video.removeAttribute('src');
  video.load();
  if (url) URL.revokeObjectURL(url);
}
