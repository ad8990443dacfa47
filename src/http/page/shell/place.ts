// Where one was when the device asked for a code; scanning one may open another tab.
import { me } from '../api/access';
import { HOME } from '../api/client';
import { tell } from '../api/news';

const PLACE = `fieldcoach.place:${HOME}`;
const HOUR = 3_600_000;

interface Place {
  hash: string;
  at: number;
  device: string | undefined;
}

export function keepPlace(hash: string): void {
  const place: Place = { hash, at: Date.now(), device: me.peek()?.device };
  try {
    localStorage.setItem(PLACE, JSON.stringify(place));
  } catch {
    // then the camera it is
  }
}

/** Where one was in the last hour, on this device; once. */
export function takePlace(): string {
  try {
    const place: Place | null = JSON.parse(localStorage.getItem(PLACE) ?? 'null');
    localStorage.removeItem(PLACE);
    return place && Date.now() - place.at < HOUR && place.device === me.peek()?.device ? place.hash : '';
  } catch {
    return '';
  }
}

/** Where to, for one who is in: where one was, else `home`. */
export function goOn(home: string): void {
  tell('paired');
  location.replace(takePlace() || home);
}
