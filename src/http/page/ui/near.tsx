// A list of which only what is near the screen is in the document: it may be as long as it likes.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** How far from the screen it is drawn, in CSS pixels. */
const AHEAD = 1200;
/** Rows by which what is drawn moves along: most pictures of a scroll draw nothing. */
const STEP = 6;
/** Drawn before it is known how high a row is. */
const FIRST = 60;

/** How the list lies on the screen. */
interface Lie {
  /** Of the list, CSS pixels: as long as it stays, so does the rest. */
  width: number;
  columns: number;
  /** From one row to the next, CSS pixels. */
  row: number;
}

/** By the list's id: who comes back finds it as high as it was, and can scroll to the same place. */
const lies = new Map<string, Lie>();

interface Props<T> {
  id: string;
  class: string;
  tag?: 'div' | 'ul';
  items: readonly T[];
  /** Draws one of them, with a key. All are about as high. */
  draw: (item: T) => JSX.Element;
}

export function Near<T>({ id, class: style, tag = 'div', items, draw }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  /** Rows that are drawn; the second is not. */
  const [[from, to], move] = useState<[number, number]>([0, 0]);
  useLayoutEffect(() => {
    let due = 0;
    const look = () => {
      due = 0;
      const lie = list.current && measured(id, list.current);
      if (!lie) return;
      const above = -(list.current?.getBoundingClientRect().top ?? 0);
      const row = (pixels: number) => Math.max(0, Math.floor(pixels / lie.row / STEP) * STEP);
      const [first, last] = [row(above - AHEAD), row(above + innerHeight + AHEAD) + STEP];
      move((was) => (was[0] === first && was[1] === last ? was : [first, last]));
    };
    const soon = () => {
      due ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(due);
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [id, items.length === 0]);
  const { columns, row } = lies.get(id) ?? { columns: 1, row: 0 };
  const rows = Math.ceil(items.length / columns);
  // One that became shorter is drawn from its end.
  const first = Math.min(from, Math.max(0, rows - STEP));
  const last = to || Math.ceil(FIRST / columns);
  const Tag = tag as 'div';
  return (
    <Tag
      id={id}
      class={style}
      ref={list}
      style={{ paddingTop: `${first * row}px`, paddingBottom: `${Math.max(0, rows - last) * row}px` }}
    >
      {items.slice(first * columns, last * columns).map(draw)}
    </Tag>
  );
}

/** Null as long as nothing is drawn. */
function measured(id: string, list: HTMLElement): Lie | null {
  const known = lies.get(id);
  const width = list.clientWidth;
  if (known?.width === width) return known;
  const { firstElementChild: first, lastElementChild: last, childElementCount: count } = list;
  if (!first || !last) return null;
  const { display, gridTemplateColumns } = getComputedStyle(list);
  const columns = display === 'grid' ? gridTemplateColumns.split(' ').length : 1;
  const steps = Math.ceil(count / columns) - 1;
  const [top, bottom] = [first.getBoundingClientRect(), last.getBoundingClientRect()];
  const lie = { width, columns, row: steps ? (bottom.top - top.top) / steps : top.height };
  if (!lie.row) return null;
  lies.set(id, lie);
  return lie;
}
