// The board by the keyboard.
import type { Label, Prediction } from '../api/types';
import type { Board } from './board';
import { inBox, moved, type Point, resized, shapeOf } from './shape';

const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Does what a key asks for; whether it asked for anything. */
export function press(board: Board, event: KeyboardEvent): boolean {
  if (!board.shown || event.ctrlKey || event.metaKey) return false;
  const { host } = board;
  const arrow = ARROWS[event.key];
  if (arrow) arrows(board, arrow, event);
  else if (host.may() && edit(board, event.key)) return true;
  else if (event.key === 'n' || event.key === 'p') step(board, event.key === 'n' ? 1 : -1);
  else if (event.key === 'Escape') {
    host.select(null);
    host.point(null);
  } else if (['+', '=', '-'].includes(event.key)) board.zoomAt(event.key === '-' ? 0.8 : 1.25, board.middle);
  else if (event.key === '0') board.fit();
  else return false;
  return true;
}

/** Moves or resizes the box in hand; else the picture. */
function arrows(board: Board, [ax, ay]: Point, { shiftKey, altKey }: KeyboardEvent): void {
  const { host, eye } = board;
  const label = host.selected();
  const shape = label && shapeOf(label);
  const way: Point = [ax * (shiftKey ? 10 : 1), ay * (shiftKey ? 10 : 1)];
  if (!label || !shape || !host.may()) {
    board.zoomAt(1, [0, 0], [-way[0] * 8, -way[1] * 8]);
    return;
  }
  if (!host.ready()) return;
  const bbox = altKey ? resized(shape.bbox, 2, way, eye.size) : moved(shape.bbox, way, eye.size);
  host.replace(label, inBox(shape, bbox));
}

/** From one box to the next, proposals among them. */
function step(board: Board, by: number): void {
  const { host } = board;
  const all: (Label | Prediction)[] = [...host.labels(), ...host.proposals()].filter(({ bbox }) => bbox);
  const here = host.selected() ?? host.pointed();
  const at = here ? all.indexOf(here) : by > 0 ? -1 : 0;
  const next = all[(at + by + all.length) % all.length];
  if (!next) return;
  const proposal = host.proposals().find((one) => one === next);
  host.select(proposal ? null : (next as Label));
  host.point(proposal ?? null);
}

function edit(board: Board, key: string): boolean {
  const { host, eye } = board;
  const [label, proposal] = [host.selected(), host.pointed()];
  if (board.outlining && ['Enter', 'Backspace', 'Escape'].includes(key)) {
    if (key === 'Enter') board.close();
    else board.shorten();
  } else if (key === 'b') {
    if (!host.ready()) return true;
    const { scale } = eye.view();
    const [w, h] = [board.canvas.clientWidth / scale / 4, board.canvas.clientHeight / scale / 4];
    const [x, y] = eye.toFrame(board.middle);
    // To be moved by the arrows.
    host.make({ bbox: moved([x - w / 2, y - h / 2, w, h], [0, 0], eye.size) }, true);
  } else if (proposal && ['a', 'Enter'].includes(key)) host.accept(proposal);
  else if (proposal && ['x', 'Delete', 'Backspace'].includes(key)) host.dismiss(proposal);
  else if (label?.origin === 'accepted' && key === 'x') host.reject(label);
  else if (label && ['Delete', 'Backspace'].includes(key)) host.remove(label);
  else return false;
  return true;
}
