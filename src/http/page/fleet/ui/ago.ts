// How long ago something was, in words.
import { language } from '../../words';
import { now } from '../api/clock';
import { fleet } from '../words';

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
/** Seconds of each, largest first. */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 min. ago`, or `in 3 min.`. */
export function ago(time: string): string {
  const seconds = (Date.parse(time) - now()) / 1000;
  for (const [unit, long] of UNITS) {
    if (Math.abs(seconds) >= long) return relative.format(Math.trunc(seconds / long), unit);
  }
  return fleet.justNow;
}

/** When a device was heard. */
export const heard = (time: string | null | undefined): string => (time ? fleet.heard(ago(time)) : fleet.neverHeard);
