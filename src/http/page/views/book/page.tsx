// The picture of a page.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { on } from '../../api/news';
import { Zoom } from '../../ui/zoom';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import type { Leaf } from './leaf';
import { decoded, picture } from './pictures';

const w = more.book;
/** The picture asked for in steps of so many pixels, so that a turn of the screen does not fetch every page anew. */
const STEP = 160;
const WIDEST = 1280;
/** Pixels across for who looks closely, and how many milliseconds at the same page. */
const [SHARP, RESTS] = [1920, 350];
/** Milliseconds after which the old picture is seen to be old. */
const LATE = 400;
/** What an address is of, however large. */
const pageOf = (url: string) => url.replace(/width=\d+/, '');

interface Props {
  open: OpenBook;
  leaf: Leaf;
  /** Tells the ids of a second one from those of the first. */
  mark: string;
}

export function Page({ open, leaf, mark }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const source = useSignal<string | undefined>(undefined);
  const spoken = useSignal('');
  const sharp = useSharp(open, leaf);
  const blank = useComputed(() => leaf.epoch.value?.points[open.frame.value] === null);
  /** Which page could not be loaded, and why; no other one stands in its place. */
  const failed = useSignal('');
  const again = useSignal(0);
  useEffect(() => on('poll', () => void (failed.peek() && again.value++)), []);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    if (open.shape) element.style.setProperty('aspect-ratio', open.shape);
    const sized = new ResizeObserver(() => {
      const pixels = element.clientWidth * Math.min(2, devicePixelRatio || 1);
      if (pixels) open.width.value = Math.min(WIDEST, Math.ceil(pixels / STEP) * STEP);
    });
    sized.observe(element);
    return () => sized.disconnect();
  }, [open]);

  // The old picture stays until the new one is decoded, and only the newest wish is fulfilled.
  const wish = useRef<string | null>(null);
  useSignalEffect(() => {
    again.value;
    const [at, n] = [leaf.at.value, open.frame.value];
    const url = open.pageUrl(leaf, at, n, sharp.value ? SHARP : undefined);
    const epoch = leaf.epoch.value?.epoch ?? 0;
    if (blank.value) {
      wish.current = null;
    }
    if (!url || url === wish.current) return;
    wish.current = url;
    const late = setTimeout(() => {
      const other = pageOf(url) !== pageOf(source.peek() ?? '');
      if (wish.current === url && other) frame.current?.classList.add('late');
    }, LATE);
    void decoded(url).then((image) => {
      clearTimeout(late);
      if (wish.current !== url) return;
      if (!image) {
        wish.current = null;
        failed.value = w.notLoaded(epoch);
        // It is gone, or the device says why not, or it is only the picture that did not come.
        open.check().catch(({ message }) => {
          if (failed.peek() === w.notLoaded(epoch)) failed.value += ` ${message}`;
        });
        return;
      }
      source.value = url;
      failed.value = '';
      frame.current?.classList.remove('late');
      spoken.value = w.page(n + 1, epoch);
      open.shape = `${image.naturalWidth} / ${image.naturalHeight}`;
      frame.current?.style.setProperty('aspect-ratio', open.shape);
      for (const near of [at + 1, at + 2, at - 1]) {
        const ahead = open.pageUrl(leaf, near, n);
        if (ahead) picture(ahead);
      }
    });
  });
  useEffect(
    () => () => {
      wish.current = null;
    },
    [],
  );

  return (
    <div class="picture" ref={frame}>
      <Zoom look={open.look}>
        <img
          id={`page${mark}`}
          alt={spoken}
          src={source}
          hidden={blank.value || failed.value !== ''}
          draggable={false}
        />
      </Zoom>
      {(blank.value || failed.value) && <p class="note">{blank.value ? w.notLookedAt : failed}</p>}
    </div>
  );
}

/** Whether somebody looks closely at one page. */
function useSharp(open: OpenBook, leaf: Leaf) {
  const sharp = useSignal(false);
  useSignalEffect(() => {
    const still = open.look.value.times > 1.2 && leaf.at.value === leaf.settled.value && open.frame.value >= 0;
    if (!still) {
      sharp.value = false;
      return;
    }
    const due = setTimeout(() => {
      sharp.value = true;
    }, RESTS);
    return () => clearTimeout(due);
  });
  return sharp;
}
