// What the board shows, and what it tells of. It knows nothing of saving.
import type { Label, LabelKind, Prediction } from '../api/types';
import type { Look } from './paint';
import type { Shape } from './shape';

/**
 * The frame went from under a stroke; it left next to nothing between its ends; the browser took the finger away; or an
 * outline has too few corners to be closed, or nothing in it.
 */
export type Loss = 'changed' | 'small' | 'cut' | 'few' | 'flat';

export interface Host {
  labels(): readonly Label[];
  /** Those that can be taken. */
  proposals(): readonly Prediction[];
  /** Drawn, and waiting for a category. */
  nameless(): readonly Shape[];
  selected(): Label | null;
  /** The proposal that the keyboard is at. */
  pointed(): Prediction | null;
  look(category: string): Look;
  /** What is drawn next; `null` before there is a category. */
  next(): { name: string; kind: LabelKind } | null;

  /** Whether the user may edit. */
  may(): boolean;
  /** Whether just now; says why not. */
  ready(): boolean;
  /** Whether a finger moves the picture instead of drawing. */
  hand(): boolean;

  /** Something was drawn. `held`: it is to be in hand; `category`: what it was begun as. */
  make(shape: Shape, held: boolean, category?: string): void;
  replace(label: Label, shape: Shape): void;
  remove(label: Label): void;
  select(label: Label | null): void;
  point(proposal: Prediction | null): void;
  accept(proposal: Prediction): void;
  /** A label that was a proposal is none after all. */
  reject(label: Label): void;
  dismiss(proposal: Prediction): void;
  /** Another frame is in view. */
  painted(): void;
  /** Nothing came of a stroke. */
  lost(why: Loss): void;
  zoomed(yes: boolean): void;
  /** An outline has this many corners by now; 0: it is closed or given up. */
  outlined(corners: number): void;
}
