// What the board shows and does here.
import { can } from '../../api/access';
import { colourOf, kindOf } from '../../api/categories';
import type { Host } from '../../board/host';
import { words } from '../../words';
import * as edit from './edit';
import { markOf } from './marks';
import { inView } from './saved';
import { placed } from './sheet';
import { category, choose, corners, hand, labels, nameless, pointed, proposals, said, selected, zoomed } from './state';
import { painted } from './turn';
import { refuse } from './wait';

const w = words.label;

export const host: Host = {
  labels: () => labels.peek(),
  proposals: () => proposals.peek(),
  nameless: () => nameless.peek(),
  selected: () => selected.peek(),
  pointed: () => pointed.peek(),
  look: (name) => ({ colour: colourOf(name), mark: markOf(name) }),
  next: () => {
    const name = category.peek();
    return name ? { name, kind: kindOf(name) } : null;
  },
  may: () => can('labeller'),
  ready: edit.ready,
  hand: () => hand.peek(),
  make: edit.make,
  replace: edit.replace,
  remove: edit.remove,
  select(label) {
    choose(label);
    if (label?.bbox) said.value = w.boxSaid(label.category, ...placed(label.bbox));
  },
  point(proposal) {
    choose(proposal);
    if (proposal) said.value = w.proposalSaid(proposal.category, proposal.score);
  },
  accept: (proposal) => edit.accept([proposal]),
  reject: edit.reject,
  dismiss: (proposal) => edit.dismiss([proposal]),
  painted() {
    painted();
    inView();
  },
  lost: (why) => refuse(w.lost[why]),
  zoomed(yes) {
    zoomed.value = yes;
    if (!yes) hand.value = false;
  },
  outlined(n) {
    corners.value = n;
  },
};
