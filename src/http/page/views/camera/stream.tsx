// What the camera sees, as it comes.
import { useEffect, useRef, useState } from 'preact/hooks';
import { HOME } from '../../api/client';
import { on } from '../../api/news';
import { more } from '../../words/more';
import { chosen } from './chosen';

const w = more.camera;
/** Milliseconds until a picture that failed is asked for again. */
const PAUSE = 3_000;

/** Whether the page can be seen. */
function useVisible(): boolean {
  const [visible, set] = useState(!document.hidden);
  useEffect(() => {
    const look = () => set(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}

/** Counts the times that the device was there again: the stream from before may stand still without an error. */
function useReturns(): number {
  const [returns, count] = useState(0);
  useEffect(() => {
    let away = false;
    const ends = [
      on('silence', () => {
        away = true;
      }),
      on('open', () => {
        if (away) count((n) => n + 1);
        away = false;
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return returns;
}

export function Stream() {
  const image = useRef<HTMLImageElement>(null);
  const [loaded, load] = useState(false);
  const [failures, fail] = useState(0);
  const [attempt, count] = useState(0);
  const visible = useVisible();
  const returns = useReturns();
  const id = chosen.value;
  // Only fetched while it can be seen: it takes one of the browser's few connections, until the source is taken away.
  useEffect(() => {
    const element = image.current;
    if (!element || !visible) return;
    const of = id ? `&camera=${id}` : '';
    element.src = `${HOME}api/v1/live.mjpeg?t=${Date.now()}${of}`;
    return () => element.removeAttribute('src');
  }, [visible, returns, attempt, id]);
  useEffect(() => {
    if (!failures) return;
    const timer = setTimeout(() => count((n) => n + 1), PAUSE);
    return () => clearTimeout(timer);
  }, [failures]);
  return (
    <div class="stream">
      <img
        id="live"
        ref={image}
        alt={w.liveAlt}
        hidden={!loaded}
        draggable={false}
        onLoad={() => load(true)}
        onError={() => {
          load(false);
          fail((n) => n + 1);
        }}
      />
      {!loaded && (
        <p id="live-note" class="note">
          {failures ? w.noPicture : w.waiting}
        </p>
      )}
    </div>
  );
}
