// What a device said of itself, in a few words.
import { ofDevice } from '../../words/device';
import { bytes, decimal, percent, score } from '../../words/format';
import type { Device, Training } from '../api/contract';
import { ago } from '../ui/ago';
import { fleet as w } from '../words';

export const heat = ({ temperature }: Device): string => (temperature == null ? '' : `${decimal(temperature, 0)} °C`);
export const disk = ({ disk }: Device): string => (disk ? w.diskFree(bytes(disk.free)) : '');
export const quality = ({ model }: Device): string => (model ? w.ap50(score(model.ap50)) : '');

/** How far it has come; whoever does not know the epochs is told the share. */
export function progress({ epoch, epochs, progress, state, eta }: Training): string {
  const far =
    state === 'training' && epochs ? w.epoch(epoch, epochs) : `${w.trainingStates[state]} ${percent(progress)} %`;
  return eta ? `${far} · ${w.ready(ago(eta))}` : far;
}

/** Its first alarm, and how many more there are. */
export function alarm({ alarms: [first, ...more], unread }: Device): string {
  if (!first) return unread ? w.unread : '';
  const words = first.about ? `${first.about}: ${ofDevice(first.words)}` : ofDevice(first.words);
  return more.length ? w.andMore(words, more.length) : words;
}

/** Why it can't be reached, where it should be. */
export const unreached = ({ reach }: Device): string => (reach === 'paired' ? '' : w.reaches[reach]);

export const joined = (parts: (string | null | undefined | false)[]): string => parts.filter(Boolean).join(' · ');
