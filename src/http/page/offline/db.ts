// What this browser keeps of a device: labels that wait to be sent, and frames fetched ahead. One database a device, by
// its id: an address may belong to another device tomorrow, and it must not get what is another's.
import { signal } from '@preact/signals';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { me } from '../api/access';
import { on } from '../api/news';
import type { components } from '../api/schema';
import type { Category, Frame, FrameLabels, Label, Phase, Prediction, Rejected } from '../api/types';
import type { Dispute } from './merge';

/** A frame's labels as they stand in this browser, until the device has them. */
export interface Draft {
  frame: string;
  /** Of the device's labels that these go on from. */
  revision: number;
  /** Those labels: what both sides of a conflict started from. */
  base: Label[];
  phase: Phase;
  labels: Label[];
  /** Proposals that somebody refused. */
  rejected: Rejected[];
  /** Proposals neither taken nor refused; absent where they are not known. */
  proposals?: Prediction[];
  /** Objects that somebody else marked in another way: it is not sent before somebody has looked. */
  disputes?: Dispute[];
  /** 0 while it is only drawn; else its place among what is to be sent. */
  order: number;
  /** When it was last touched, milliseconds since 1970; no two of a frame are the same. */
  touched: number;
  /** When the draft that it goes on from was touched; absent for the first of a frame. */
  follows?: number;
  /** Why the device would not take it, until it is changed. */
  refused?: string;
}

/** A frame that can be labelled without the device. */
export interface Ahead {
  frame: Frame;
  reason: string;
  labels: FrameLabels;
  proposals: Prediction[];
  /** The JPEG, no wider than a phone shows. */
  picture: Blob;
  /** Its place in the queue when it was fetched. */
  place: number;
}

/** What was said of objects in a clip, as the device takes it. */
export interface Saying {
  /** Its place among what is to be sent. */
  order: number;
  clip: string;
  body: Required<components['schemas']['AcceptRequest']>;
}

interface Schema extends DBSchema {
  drafts: { key: string; value: Draft };
  said: { key: number; value: Saying };
  ahead: { key: string; value: Ahead };
  kept: { key: 'categories'; value: Category[] };
}
export type Database = IDBPDatabase<Schema>;

/** Whether this browser keeps nothing: private mode, or no room. Then a closed page loses what was not sent. */
export const keepsNothing = signal(false);

let opened: { device: string; database: Promise<Database | null> } | null = null;

/** The database of the device that is known; null without one, or where the browser refuses. */
export function database(): Promise<Database | null> {
  const device = me.peek()?.device;
  if (!device) return Promise.resolve(null);
  if (opened?.device !== device) opened = { device, database: open(device) };
  return opened.database;
}

async function open(device: string): Promise<Database | null> {
  try {
    const found = await openDB<Schema>(`fieldcoach ${device}`, 2, {
      upgrade(database, before) {
        if (!before) {
          database.createObjectStore('drafts', { keyPath: 'frame' });
          database.createObjectStore('ahead', { keyPath: 'frame.id' });
          database.createObjectStore('kept');
        }
        database.createObjectStore('said', { keyPath: 'order' });
      },
      // A later page wants another schema: it goes first, this one is loaded anew.
      blocking: () => location.reload(),
      terminated: () => {
        opened = null;
      },
    });
    keepsNothing.value = false;
    return found;
  } catch {
    keepsNothing.value = true;
    return null;
  }
}

let asked = false;
/** Asks the browser, once there is something to lose, not to throw it away when room is short. */
export function persist(): void {
  if (asked) return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}

on('me', () => void database());
