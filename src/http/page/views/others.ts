// All views but labelling, and what labelling can do without for its first frame, fetched together when the first of it is
// wanted: one file packs better than ten, and a phone on a slow link waits for every further one. As this imports what is
// loaded at once, that is one file, too. The order packs well: what is alike lies close together.
import '../main';

export { View as book } from './book/view';
export { View as camera } from './camera/view';
export { View as categories } from './categories/view';
export { View as device } from './device/view';
export { labelRest } from './label/rest';
export { View as library } from './library/view';
export { View as pair } from './pair/view';
export { View as train } from './train/view';
