// The boxes of the look that is shown. Tapping one lets the picture stand still and says that it is wrong.
import { useEffect, useRef } from 'preact/hooks';
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import type { Box, Detections } from '../../api/types';
import { say } from '../../shell/banner';
import { score } from '../../words/format';
import { more } from '../../words/more';
import { hit } from './hit';
import { held, type Look, shown, touch } from './looks';
import { keep, pick, picked, said } from './verdict';

const w = more.camera;
/** CSS pixels that a finger may be beside a box. */
const SLACK = 22;
/** Milliseconds in which a second tap makes a double tap, which looks closer and says nothing. */
const DOUBLE = 340;
/** Milliseconds after a finger is let go in which its tap is told. */
const TOLD = 60;
/** Objects from which on the names would cover the picture. */
const CROWD = 15;

/** For `ref`: sets where a box is. */
const placed =
  ([x, y, width, height]: Box, { detections: all }: Look, colour: string) =>
  (e: HTMLElement | null) => {
    const set = (name: string, value: number) => e?.style.setProperty(name, `${value * 100}%`);
    set('--x', x / all.width);
    set('--y', y / all.height);
    set('--w', width / all.width);
    set('--h', height / all.height);
    e?.style.setProperty('--c', colour);
  };

const boxesOf = ({ objects }: Detections) => objects.map(({ bbox }) => (bbox ?? null) as Box | null);

export function Boxes({ look }: { look: Look }) {
  const due = useRef(0);
  const { detections } = look;
  const objects = detections.objects;

  useEffect(() => {
    const over = new AbortController();
    const up = () => setTimeout(() => touch(false), TOLD);
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, up, { signal: over.signal });
    return () => {
      over.abort();
      touch(false);
    };
  }, []);

  const choose = (at: number, twice: boolean) => {
    clearTimeout(due.current);
    if (at < 0) return;
    const again = picked.peek() === at && held.peek();
    pick(at);
    if (twice || again || said.peek().has(at) || !can('labeller')) return;
    due.current = window.setTimeout(() => {
      // Back to live within a blink: there is nothing in hand any more.
      if (held.peek() && shown.peek() === look) void keep(at, 'wrong').catch(say);
    }, DOUBLE);
  };
  const tap = (event: MouseEvent) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-object]');
    // A key presses the button that has the focus; a finger may mean one of several that lie over one another.
    if (event.detail === 0) return choose(Number(button?.dataset.object ?? -1), false);
    const frame = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const scale = detections.width / frame.width;
    const [x, y] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    choose(hit(boxesOf(detections), x, y, SLACK * scale), event.detail > 1);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the buttons in it are what a keyboard gets to
    // biome-ignore lint/a11y/noStaticElementInteractions: the same
    <div class={`boxes${held.value ? ' held' : ''}`} id="boxes" onPointerDown={() => touch(true)} onClick={tap}>
      {objects.map(({ category, bbox, score: sure }, at) => {
        if (!bbox) return null;
        const colour = colourOf(category);
        const state = said.value.get(at);
        const short = objects.length > CROWD && picked.value !== at ? category.slice(0, 1) : category;
        return (
          <div key={at} class={`box ${state ? `said-${state}` : ''}`} ref={placed(bbox as Box, look, colour)}>
            <i>
              <b>{state ? w.marks[state](short) : short}</b>
            </i>
            <button
              type="button"
              data-object={at}
              data-category={category}
              aria-pressed={picked.value === at}
              aria-label={w.object(category, score(sure))}
            />
          </div>
        );
      })}
    </div>
  );
}
