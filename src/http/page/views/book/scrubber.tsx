// What turns the pages of a picture.
import { useComputed } from '@preact/signals';
import { more } from '../../words/more';
import type { OpenBook } from './book';
import type { Leaf } from './leaf';

const w = more.book;

/** `mark` tells the ids of a second one from those of the first. */
export function Scrubber({ open, leaf, mark }: { open: OpenBook; leaf: Leaf; mark: string }) {
  const last = useComputed(() => Math.max(1, leaf.epochs.value.length));
  const value = useComputed(() => leaf.at.value + 1);
  const epoch = useComputed(() => String(leaf.epoch.value?.epoch ?? ''));
  const spoken = useComputed(() => w.epochSpoken(leaf.epoch.value?.epoch ?? 0));
  return (
    <div class="scrub">
      {leaf === open.first && <PlayButton open={open} />}
      <input
        type="range"
        id={`epoch${mark}`}
        min="1"
        step="1"
        max={last}
        value={value}
        aria-label={mark ? w.epochSlider2 : w.epochSlider}
        aria-valuetext={spoken}
        onInput={(event) => open.scrub(leaf, event.currentTarget.valueAsNumber - 1)}
        onChange={() => open.settle()}
      />
      <output id={`epoch-text${mark}`} for={`epoch${mark}`}>
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
