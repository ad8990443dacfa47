// The categories by the thumb: what the next box is, and what is true of the whole frame.
import { can } from './access.js';
import { $, h, score } from './api.js';
import { categories } from './categories.js';

const chip = (c, attributes, ...more) => h('button', { class: 'chip', colour: c.colour, ...attributes }, h('i'), c.name, ...more);

/** `next`: the category of the next box; `sheet`: the frame in view, or null; `choose(name)`, `toggle(name)`. */
export function chips({ next, sheet, choose, toggle }) {
  if (!can('labeller')) {
    // What the colours mean, and what is true of the whole frame.
    const there = categories.filter((c) => sheet?.labels.some((l) => l.category === c.name));
    $('chips').replaceChildren(...there.map((c) => h('span', { class: `chip ${c.kind === 'tag' ? 'tag' : ''}`, colour: c.colour }, h('i'), c.name)));
    $('tags').replaceChildren();
    return;
  }
  $('chips').replaceChildren(...categories.filter((c) => c.kind !== 'tag').map((c) => chip(c, { 'aria-pressed': String(c.name === next), onclick: () => choose(c.name) })));
  $('tags').replaceChildren(...categories.filter((c) => c.kind === 'tag').map((c) => {
    const proposal = sheet?.proposals.find((p) => !p.bbox && p.category === c.name);
    return chip(c, { class: `chip tag ${proposal ? 'proposed' : ''}`, 'aria-pressed': String(Boolean(sheet?.hasTag(c.name))), onclick: () => toggle(c.name) }, proposal && ` ${score(proposal.score)}`);
  }));
  $('instructions').textContent = categories.find((c) => c.name === next)?.instructions ?? '';
}
