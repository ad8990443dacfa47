// An object on its frame, cut out with a little of what lies around it.
import { useEffect, useRef } from 'preact/hooks';
import { pictureUrl } from '../api/client';
import { more } from '../words/more';

/** Width and height of the cutout, in pixels; shown half as large for dense screens. */
const SIDE = 192;
/** How much more than the object is shown, to each side: a part of its longer side. */
const AROUND = 0.2;

export interface Cut {
  frame: string;
  /** [x, y, width, height] in pixels of the frame. */
  bbox: number[];
}

/** Nothing is drawn while the picture comes, nor where the frame is gone. */
export function Cutout({ cut, category }: { cut: Cut; category: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = `${cut.frame} ${cut.bbox}`;
  useEffect(() => {
    const picture = new Image();
    picture.onload = () => {
      const [x = 0, y = 0, w = 0, h = 0] = cut.bbox;
      const side = Math.max(w, h) * (1 + 2 * AROUND);
      const ink = canvas.current?.getContext('2d');
      ink?.drawImage(picture, x + (w - side) / 2, y + (h - side) / 2, side, side, 0, 0, SIDE, SIDE);
      if (canvas.current) canvas.current.dataset.cut = key;
    };
    picture.src = pictureUrl(cut.frame);
    return () => {
      picture.onload = null;
    };
  }, [key]);
  return (
    <canvas
      class="cutout"
      ref={canvas}
      width={SIDE}
      height={SIDE}
      role="img"
      aria-label={more.labelRest.exampleOf(category)}
    />
  );
}
