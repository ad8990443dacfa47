// The page that is shown, and what turns it.
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { can } from '../../api/access';
import { leave } from '../../shell/back';
import { say } from '../../shell/banner';
import { Zoom } from '../../ui/zoom';
import { words } from '../../words';
import { score } from '../../words/format';
import type { OpenBook } from './book';
import { decoded, picture } from './pictures';

const w = words.book;

/** Stays on the screen while one scrolls: what is tapped below changes the picture up here. */
export function Viewer({ open }: { open: OpenBook }) {
  const state = useComputed(() => {
    const point = open.point.value;
    const side = open.frames.value[open.frame.value]?.split;
    return point && side
      ? w.point(score(point.score), score(point.confidence), point.loss.toFixed(2), w.sides[side])
      : '';
  });
  return (
    <div class="viewer">
      <Page open={open} />
      <Scrubber open={open} />
      <div class="foot">
        <p id="page-state" class="state figures">
          {state}
        </p>
        <Correct open={open} />
      </div>
    </div>
  );
}

/** To the labels of the frame that is shown, and back here. */
function Correct({ open }: { open: OpenBook }) {
  const frame = open.frames.value[open.frame.value];
  if (!frame || !can('labeller')) return null;
  return (
    <a id="correct" class="button" href={`#/label/${frame.id}`} onClick={() => leave(w.backHere)}>
      {w.correct}
    </a>
  );
}

/** The picture asked for in steps of so many pixels, so that a turn of the screen does not fetch every page anew. */
const STEP = 160;
const WIDEST = 1280;
/** Pixels across for who looks closely, and how many milliseconds at the same page. */
const [SHARP, RESTS] = [1920, 350];

function Page({ open }: { open: OpenBook }) {
  const frame = useRef<HTMLDivElement>(null);
  const source = useSignal<string | undefined>(undefined);
  const spoken = useSignal('');

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

  const sharp = useSignal(false);
  useSignalEffect(() => {
    const still = open.look.value.times > 1.2 && open.at.value === open.settled.value && open.frame.value >= 0;
    if (!still) {
      sharp.value = false;
      return;
    }
    const due = setTimeout(() => {
      sharp.value = true;
    }, RESTS);
    return () => clearTimeout(due);
  });

  // The old picture stays until the new one is decoded, and only the newest wish is fulfilled.
  const wish = useRef<string | null>(null);
  useSignalEffect(() => {
    const [at, n] = [open.at.value, open.frame.value];
    const url = open.pageUrl(at, n, sharp.value ? SHARP : undefined);
    const epoch = open.epoch.value?.epoch ?? 0;
    if (!url || url === wish.current) return;
    wish.current = url;
    void decoded(url).then((image) => {
      if (wish.current !== url) return;
      if (!image) {
        wish.current = null;
        if (!open.playing.peek()) say(w.notLoaded);
        return;
      }
      source.value = url;
      spoken.value = w.page(n + 1, epoch);
      open.shape = `${image.naturalWidth} / ${image.naturalHeight}`;
      frame.current?.style.setProperty('aspect-ratio', open.shape);
      for (const near of [at + 1, at + 2, at - 1]) {
        const ahead = open.pageUrl(near, n);
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
        <img id="page" alt={spoken} src={source} draggable={false} />
      </Zoom>
    </div>
  );
}

function Scrubber({ open }: { open: OpenBook }) {
  const last = useComputed(() => Math.max(1, open.epochs.value.length));
  const value = useComputed(() => open.at.value + 1);
  const epoch = useComputed(() => String(open.epoch.value?.epoch ?? ''));
  const spoken = useComputed(() => w.epochSpoken(open.epoch.value?.epoch ?? 0));
  return (
    <div class="scrub">
      <PlayButton open={open} />
      <input
        type="range"
        id="epoch"
        min="1"
        step="1"
        max={last}
        value={value}
        aria-label={w.epochSlider}
        aria-valuetext={spoken}
        onInput={(event) => open.scrub(event.currentTarget.valueAsNumber - 1)}
        onChange={() => open.settle()}
      />
      <output id="epoch-text" for="epoch">
        {w.epoch} <b>{epoch}</b>
      </output>
    </div>
  );
}

function PlayButton({ open }: { open: OpenBook }) {
  const playing = open.playing.value;
  return (
    <button
      type="button"
      class="icon primary"
      id="play"
      aria-label={playing ? w.pause : w.play}
      onClick={() => (playing ? open.stop() : void open.play())}
    >
      {playing ? '❚❚' : '▶'}
    </button>
  );
}

export function Legend() {
  return (
    <div class="legend">
      <span>
        <i class="key dashed" />
        {w.label}
      </span>
      <span>
        <i class="key" />
        {w.prediction}
      </span>
    </div>
  );
}
