// Over the picture: that a frame is loading or being saved, and that a stroke was not taken.
import { $ } from './api.js';

const READ = 2500; // ms in which a refusal can be read
let timer = null;

/** Shows how far a frame's turn has come; `there`: whether a frame is in view. */
export function show(turn, there) {
  $('board').parentElement.setAttribute('aria-busy', String(!turn.editable));
  if (timer) return; // what was refused is told long enough
  $('board-wait').classList.remove('asked');
  $('board-wait').hidden = turn.editable || !there;
  $('board-wait').textContent = turn.state === 'saving' ? 'Saving…' : 'Loading…';
}

/** A stroke is never dropped in silence. */
export function refuse(why, turn, there) {
  clearTimeout(timer);
  timer = setTimeout(() => { timer = null; show(turn, there()); }, READ);
  $('board-wait').classList.add('asked');
  $('board-wait').textContent = `Not drawn: ${why}`;
  $('board-wait').hidden = false;
}
