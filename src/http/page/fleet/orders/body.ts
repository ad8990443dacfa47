// What goes with a command, made of what somebody typed.
import type { Command, Device } from '../api/contract';

/** A value as it is meant: a number, true or false where it looks like one; nothing to have the configuration's again. */
export function valued(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (/^(true|false)$/.test(trimmed)) return trimmed === 'true';
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** `live.fps` and 3 as `{"live": {"fps": 3}}`; null where that is no name of a setting. */
export function setting(name: string, value: string): Record<string, unknown> | null {
  const [, section, key] = /^([a-z_]+)\.([a-z_]+)$/.exec(name.trim()) ?? [];
  return section && key ? { [section]: { [key]: valued(value) } } : null;
}

/** For which commands a role is enough that labels. */
export const LABELLERS: readonly Command[] = ['capture', 'train', 'cancel'];

export interface Typed {
  command: Command;
  model: string;
  setting: string;
  value: string;
}

/** What is sent, or what is wrong: `model`, `setting`, or `training` where it is not one device that trains. */
export function bodyOf(
  { command, ...typed }: Typed,
  devices: Device[],
): Record<string, unknown> | 'model' | 'setting' | 'training' {
  if (command === 'deploy') return /^[\da-f-]{36}$/i.test(typed.model.trim()) ? { model: typed.model.trim() } : 'model';
  if (command === 'set') return setting(typed.setting, typed.value) ?? 'setting';
  if (command !== 'cancel') return {};
  const [training] = devices.length === 1 ? devices.flatMap((device) => device.training?.id ?? []) : [];
  return training ? { training } : 'training';
}

/** A body as people read it: `live.fps = 3`. */
export const inWords = (body: Record<string, unknown>, prefix = ''): string =>
  Object.entries(body)
    .map(([name, value]) =>
      typeof value === 'object' && value !== null
        ? inWords(value as Record<string, unknown>, `${prefix}${name}.`)
        : `${prefix}${name} = ${value}`,
    )
    .join(', ');
