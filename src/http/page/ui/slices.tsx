// A long list, fetched slice by slice as one scrolls.
import { batch, type Signal, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words';
import { TaskButton } from './button';

export interface Slices<T> {
  items: Signal<T[]>;
  /** Whether there is more to fetch. */
  open: Signal<boolean>;
  /** Fetching failed: what the device said. */
  failed: Signal<unknown>;
  /** From the first slice on, as it is asked for now. */
  restart: () => void;
  /** Fetches the following slice. */
  more: () => Promise<void>;
  /** What is on its way counts no more. */
  stop: () => void;
  /** Whether what is asked for now still counts, later. */
  since: () => () => boolean;
}

/** `fetch` answers the slice that follows what an earlier one called `next`, with some of what was there already, perhaps. */
export function slices<T>(
  keyOf: (item: T) => string,
  fetch: (before: string | null) => Promise<{ items: T[]; next?: string | null }>,
): Slices<T> {
  const items = signal<T[]>([]);
  const open = signal(true);
  const failed = signal<unknown>(null);
  let asked = 0; // another filter makes an answer void
  let cursor: string | null = null;
  let running = false;

  const since = () => {
    const own = asked;
    return () => own === asked;
  };
  const stop = () => {
    asked += 1;
    running = false;
  };
  const more = async () => {
    if (running || !open.peek()) return;
    running = true;
    const counts = since();
    try {
      const slice = await fetch(cursor);
      if (!counts()) return;
      batch(() => {
        const known = new Set(items.peek().map(keyOf));
        items.value = [...items.peek(), ...slice.items.filter((item) => !known.has(keyOf(item)))];
        open.value = slice.next != null;
        failed.value = null;
      });
      cursor = slice.next ?? null;
    } catch (error) {
      if (counts()) failed.value = error;
    } finally {
      if (counts()) running = false;
    }
  };
  const restart = () => {
    stop();
    cursor = null;
    batch(() => {
      items.value = [];
      open.value = true;
      failed.value = null;
    });
    void more();
  };
  return { items, open, failed, restart, more, stop, since };
}

/** The end of such a list: the following slice is fetched `ahead` of it. */
export function End<T>(props: { of: Slices<T>; ahead: string; id?: string; children?: ComponentChildren }) {
  const { items, open, failed, more } = props.of;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && void more(), {
      rootMargin: props.ahead,
    });
    seen.observe(end.current);
    return () => seen.disconnect();
    // Anew after each slice: the end may still be in view.
  }, [items.value, open.value, failed.value]);
  if (failed.value)
    return (
      <div class="row centre">
        <TaskButton task={more}>{words.again}</TaskButton>
      </div>
    );
  return (
    open.value && (
      <div ref={end} class="state loading" id={props.id}>
        {props.children}
      </div>
    )
  );
}
