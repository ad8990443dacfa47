// The picture that is seen of the clip: a small one at once, while one goes through it, and a sharp one where one stays.
import { signal } from '@preact/signals';
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import { pictureUrl } from '../../api/client';
import type { Board } from '../../board/board';
import type { Host } from '../../board/host';
import { say } from '../../shell/banner';
import { clips as w } from '../../words/clips';
import { markOf } from '../label/marks';
import { boxed, category, drawable, held, inHand, labels, open, order } from './clip';
import { drawn, moved } from './deeds';

/** Pixels of the width of a picture that one passes, and of one that one stays at. */
const [PASSING, SHARP] = [480, 1280];
/** Frames whose pictures are asked for before and behind, and how many are kept. */
const [AROUND, KEPT] = [12, 120];
/** One stays who is at a frame for so long, ms. */
const STAYS = 250;

/** The frame whose picture is in view. */
export const painted = signal('');
let given = '';

export const host: Host = {
  labels: () => labels.peek(),
  proposals: () => [],
  nameless: () => [],
  selected: () => inHand.peek(),
  pointed: () => null,
  look: (name) => ({ colour: colourOf(name), mark: markOf(name) }),
  next: () => (category.peek() ? { name: category.peek(), kind: 'box' } : null),
  may: () => can('labeller') && boxed.peek().length > 0,
  ready: () => drawable.peek(),
  hand: () => false,
  make: ({ bbox }) => drawn(bbox),
  replace: (label, { bbox }) => label.track && moved(label.track, bbox),
  remove: () => {},
  select(label) {
    held.value = label?.track ?? null;
  },
  point: () => {},
  accept: () => {},
  reject: () => {},
  dismiss: () => {},
  painted() {
    painted.value = given;
  },
  lost(why) {
    if (why === 'small') say(w.tooSmall, 'info');
  },
  zoomed: () => {},
  outlined: () => {},
};

/** Shows frames of the clip that is open on a board, until it is told to end. */
export class Stage {
  private readonly small = new Map<string, HTMLImageElement>();
  private staying: ReturnType<typeof setTimeout> | undefined;
  private shown = '';
  private first = true;

  constructor(private readonly board: Board) {}

  /** The frame with this number is to be seen. */
  show(number: number): void {
    const still = order.peek()[number];
    const size = open.peek()?.size;
    if (!still || !size || still.id === this.shown) return;
    this.shown = still.id;
    this.board.stop();
    clearTimeout(this.staying);
    this.staying = setTimeout(() => this.put(still.id, this.load(still.id, SHARP)), STAYS);
    this.put(still.id, this.passing(still.id));
    for (let away = 1; away <= AROUND; away += 1)
      for (const near of [number + away, number - away]) {
        const other = order.peek()[near];
        if (other) this.passing(other.id);
      }
  }

  end(): void {
    clearTimeout(this.staying);
    this.shown = '';
    painted.value = '';
    for (const image of this.small.values()) image.removeAttribute('src');
    this.small.clear();
  }

  private load(frame: string, width: number): HTMLImageElement {
    const image = new Image();
    image.src = pictureUrl(frame, width);
    return image;
  }

  private passing(frame: string): HTMLImageElement {
    const known = this.small.get(frame);
    if (known) return known;
    const image = this.load(frame, PASSING);
    this.small.set(frame, image);
    const [oldest] = this.small.keys();
    if (this.small.size > KEPT && oldest) this.small.delete(oldest);
    return image;
  }

  private put(frame: string, image: HTMLImageElement): void {
    const draw = () => {
      const size = open.peek()?.size;
      if (this.shown !== frame || !size) return;
      given = frame;
      // The first one is fitted; from then on one looks at the same part of the picture.
      if (this.first) this.board.show(image, [size.width, size.height]);
      else this.board.sharpen(image);
      this.first = false;
    };
    if (image.complete && image.naturalWidth) draw();
    else image.decode().then(draw, () => this.small.delete(frame));
  }
}
