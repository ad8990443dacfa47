// How the link to the device is; kept by who listens to it.
import { signal } from '@preact/signals';

/** Whether the device is heard. */
export const connected = signal(false);
/** Whether it is known not to answer: it was asked, or it was heard before. */
export const silent = signal(false);
/** Nobody here is paired: nothing is asked until somebody is. */
export const locked = signal(false);
