// What fingers, mouse and wheel do to a picture that can be zoomed.
import type { Signal } from '@preact/signals';
import { FIT, type Look, larger, moved } from './look';

/** How much a double tap enlarges. */
const DOUBLE = 2.5;
/** Milliseconds in which, and CSS pixels within which, two taps are one double tap. */
const [SOON, NEAR] = [320, 36];
/** CSS pixels that a finger may move in a tap. */
const SLOP = 8;

interface Finger {
  x: number;
  y: number;
  /** Whether it has moved too far for a tap. */
  drags: boolean;
}

class Gestures {
  private readonly fingers = new Map<number, Finger>();
  private tapped = { at: 0, x: 0, y: 0 };

  constructor(
    private readonly frame: HTMLElement,
    private readonly look: Signal<Look>,
  ) {}

  private get large(): boolean {
    return this.look.peek().times > 1;
  }

  private enlarge(factor: number, clientX: number, clientY: number, moveX = 0, moveY = 0): void {
    const { left, top, width, height } = this.frame.getBoundingClientRect();
    const look = larger(this.look.peek(), factor, (clientX - left) / width, (clientY - top) / height);
    this.look.value = moved(look, moveX / width, moveY / height);
  }

  down({ pointerId, clientX: x, clientY: y, button }: PointerEvent): void {
    if (!button) this.fingers.set(pointerId, { x, y, drags: false });
  }

  move({ pointerId, clientX: x, clientY: y }: PointerEvent): void {
    const finger = this.fingers.get(pointerId);
    const [one, two] = [...this.fingers.values()];
    if (!finger || !one) return;
    if (!finger.drags && Math.hypot(x - finger.x, y - finger.y) < SLOP && !two) return;
    // Only now: whoever captures a finger takes the clicks of what lies in the picture.
    if (!finger.drags && (two || this.large)) this.frame.setPointerCapture(pointerId);
    finger.drags = true;
    const other = two && (finger === one ? two : one);
    const [dx, dy] = [x - finger.x, y - finger.y];
    if (other) {
      other.drags = true;
      const before = Math.hypot(finger.x - other.x, finger.y - other.y);
      const after = Math.hypot(x - other.x, y - other.y);
      const middle = [(finger.x + other.x) / 2, (finger.y + other.y) / 2] as const;
      this.enlarge(after / Math.max(1, before), ...middle, dx / 2, dy / 2);
    } else if (this.large) this.enlarge(1, x, y, dx, dy);
    [finger.x, finger.y] = [x, y];
  }

  up(event: PointerEvent): void {
    const finger = this.fingers.get(event.pointerId);
    this.fingers.delete(event.pointerId);
    if (!finger || finger.drags || event.type !== 'pointerup') return;
    const { clientX: x, clientY: y, timeStamp: at } = event;
    const before = this.tapped;
    if (at - before.at > SOON || Math.hypot(x - before.x, y - before.y) > NEAR) {
      this.tapped = { at, x, y };
      return;
    }
    this.tapped.at = 0;
    if (this.large) this.look.value = FIT;
    else this.enlarge(DOUBLE, x, y);
  }

  /** Scrolls the page, unless the picture is what is moved. */
  touch(event: TouchEvent): void {
    if (event.cancelable && (event.touches.length > 1 || this.large)) event.preventDefault();
  }

  wheel(event: WheelEvent): void {
    const pinch = event.ctrlKey || event.metaKey; // how a touch pad says it
    // A page that can still scroll that way does.
    if (!pinch && !this.large && (event.deltaY > 0 || scrollY > 0)) return;
    event.preventDefault();
    const lines = event.deltaMode ? 16 : 1;
    const [dx, dy] = [event.deltaX * lines, event.deltaY * lines];
    if (event.shiftKey) this.enlarge(1, 0, 0, -dx - dy);
    else this.enlarge(Math.exp(-dy * (pinch ? 0.008 : 0.0016)), event.clientX, event.clientY);
  }
}

/** Lets whoever touches `frame` change how its picture is looked at. The answer ends it. */
export function follow(frame: HTMLElement, look: Signal<Look>): () => void {
  const gestures = new Gestures(frame, look);
  const over = new AbortController();
  const { signal } = over;
  frame.addEventListener('pointerdown', (event) => gestures.down(event), { signal });
  frame.addEventListener('pointermove', (event) => gestures.move(event), { signal });
  // A finger or a button that is let go outside is let go.
  for (const end of ['pointerup', 'pointercancel'] as const)
    addEventListener(end, (event) => gestures.up(event), { signal });
  frame.addEventListener('touchmove', (event) => gestures.touch(event), { signal, passive: false });
  frame.addEventListener('wheel', (event) => gestures.wheel(event), { signal, passive: false });
  return () => over.abort();
}
