// The form for a new category; a box that was drawn before there was one waits for it.
import { $, busy } from './api.js';
import { addCategory, categories, freshColour } from './categories.js';

const form = $('category-form');
let host = {};

/** `added(category)` and `cancelled()`; `wants()`: whether a box waits for its category. */
export function start(own) { host = own; }

export function open() {
  if (form.hidden) {
    form.hidden = false;
    $('category-colour').value = freshColour();
    // The first needs no name of its own: one kind of thing to look for is simply that.
    if (!categories.length) $('category-name').value = 'object';
  }
  // A box can't become the tag of a whole frame.
  if (host.wants()) $('category-kind').value = 'box';
  $('category-kind').disabled = host.wants();
  $('category-name').focus({ preventScroll: true });
  $('category-name').select();
  clear();
}
function close() {
  form.reset();
  form.hidden = true;
}

form.onsubmit = (event) => {
  event.preventDefault();
  busy(event.submitter ?? $('category-cancel'), async () => {
    const added = await addCategory({ name: $('category-name').value.trim(), kind: $('category-kind').value, colour: $('category-colour').value, instructions: '' });
    close();
    host.added(added);
  });
};
$('category-cancel').onclick = () => { close(); host.cancelled(); };

/** On a phone the form stands on the keyboard … */
function above() {
  const { height, offsetTop } = visualViewport ?? { height: innerHeight, offsetTop: 0 };
  form.style.setProperty('--keyboard', `${Math.max(0, Math.round(innerHeight - height - offsetTop))}px`);
}
/** … and the picture above the form, as far as there is room. */
function clear() {
  above();
  if (form.hidden || getComputedStyle(form).position !== 'fixed') return;
  const picture = $('board').getBoundingClientRect();
  const over = picture.bottom - form.getBoundingClientRect().top;
  const room = picture.top - (visualViewport?.offsetTop ?? 0);
  if (over > 0 && room > 0) scrollBy(0, Math.min(over + 8, room));
}
globalThis.visualViewport?.addEventListener('resize', clear);
globalThis.visualViewport?.addEventListener('scroll', above);
