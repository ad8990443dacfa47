// All views but labelling, fetched together when the first of them is wanted: one file packs better than eight.
export { View as book } from './book/view';
export { View as camera } from './camera/view';
export { View as categories } from './categories/view';
export { View as device } from './device/view';
export { View as library } from './library/view';
export { View as pair } from './pair/view';
export { View as train } from './train/view';
