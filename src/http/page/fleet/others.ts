// All views but the devices, fetched when the first of them is wanted.
export { View as history } from './history/view';
export { View as orders } from './orders/view';
export { View as people } from './people/view';
