// A picture, or several layers of one, that can be looked at closely: by pinch, double tap, wheel, button and keyboard.
import { type Signal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { more } from '../words/more';
import { follow } from './gestures';
import { Icon } from './icon';
import { FIT, type Look, larger, moved } from './look';

/** How much a press enlarges, and what share of the frame a key moves. */
const [STEP, WAY] = [1.6, 0.15];
const KEYS: Record<string, (look: Look) => Look> = {
  '+': (look) => larger(look, STEP, 0.5, 0.5),
  '-': (look) => larger(look, 1 / STEP, 0.5, 0.5),
  '0': () => FIT,
  ArrowLeft: (look) => moved(look, WAY, 0),
  ArrowRight: (look) => moved(look, -WAY, 0),
  ArrowUp: (look) => moved(look, 0, WAY),
  ArrowDown: (look) => moved(look, 0, -WAY),
};

/** Fills the `.picture` it stands in. Those that share `look` are looked at alike. */
export function Zoom({ look, children }: { look: Signal<Look>; children: ComponentChildren }) {
  const frame = useRef<HTMLDivElement>(null);
  const moving = useRef<HTMLDivElement>(null);
  useEffect(() => (frame.current ? follow(frame.current, look) : undefined), [look]);
  useSignalEffect(() => {
    const { times, x, y } = look.value;
    frame.current?.classList.toggle('large', times > 1);
    const transform = times > 1 ? `translate(${x * 100}%, ${y * 100}%) scale(${times})` : 'none';
    moving.current?.style.setProperty('transform', transform);
    // For what lies on the picture and stays as large as a finger.
    moving.current?.style.setProperty('--times', String(times));
  });
  const key = (event: KeyboardEvent) => {
    const change = KEYS[event.key === '=' ? '+' : event.key];
    if (!change || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    look.value = change(look.peek());
  };
  return (
    <div class="zoom" ref={frame}>
      <div ref={moving}>{children}</div>
      <Press look={look} pressed={key} />
    </div>
  );
}

/** Seen when there is something to undo, under a mouse, and when the keyboard gets to it. */
function Press({ look, pressed }: { look: Signal<Look>; pressed: (event: KeyboardEvent) => void }) {
  const large = look.value.times > 1;
  return (
    <button
      type="button"
      class="icon float"
      aria-label={large ? more.zoom.out : more.zoom.in}
      title={more.zoom.keys}
      onKeyDown={pressed}
      onClick={() => {
        look.value = large ? FIT : larger(FIT, STEP * STEP, 0.5, 0.5);
      }}
    >
      <Icon name={large ? 'fit' : 'zoom'} />
    </button>
  );
}
