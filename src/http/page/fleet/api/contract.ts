// The records that the fleet server speaks of; see docs/fleet.md.
import type { Role } from '../../api/types';

export type State = 'online' | 'offline' | 'silent';
export type Reach = 'none' | 'paired' | 'refused' | 'unknown_token';
export type AlarmKind =
  | 'camera_lost'
  | 'disk_low'
  | 'disk_failed'
  | 'part_failed'
  | 'part_stuck'
  | 'live_failed'
  | 'clock_unsure';

export interface Alarm {
  kind: AlarmKind;
  /** The camera or the part; null where it is about the whole. */
  about: string | null;
  since: string;
  words: string;
}

export interface Model {
  id: string;
  trained_at: string;
  /** Names of what it finds. */
  finds: string[];
  /** On its validation frames. */
  ap50: number;
  threshold: number;
}

export interface Training {
  id: string;
  state: 'queued' | 'preparing' | 'training' | 'evaluating' | 'done' | 'failed' | 'cancelled';
  /** What it does now, in words. */
  phase: string;
  epoch: number;
  epochs: number;
  /** 0 to 1. */
  progress: number;
  /** When it will be over; null until the device can tell. */
  eta: string | null;
}

/** A device; what it has not said is null. */
export interface Device {
  id: string;
  name: string;
  groups: string[];
  state: State;
  last_seen: string | null;
  version: string | null;
  model: Model | null;
  training: Training | null;
  /** Bytes. */
  disk: { free: number; total: number; reserve: number } | null;
  /** °C. */
  temperature: number | null;
  frames: number | null;
  labelled: number | null;
  waiting: number | null;
  cameras: { id: string; state: string }[];
  alarms: Alarm[];
  picture_at: string | null;
  reach: Reach;
  role: Role | null;
  /** What of its last status could not be understood. */
  unread: string | null;
}

export interface Broker {
  connected: boolean;
  trouble: string | null;
  notes: string[];
}

export interface Devices {
  revision: number;
  devices: Device[];
  gone: string[];
  /** Whether these are all there are. */
  all: boolean;
  broker: Broker;
}

export const KINDS = [
  'alarm',
  'cleared',
  'online',
  'offline',
  'silent',
  'training',
  'model',
  'settings',
  'audit',
  'event',
  'new',
  'gone',
  'order',
] as const;
export type HistoryKind = (typeof KINDS)[number];

export interface HistoryItem {
  id: number;
  at: string;
  device: string;
  kind: HistoryKind;
  words: string;
}

export interface History {
  items: HistoryItem[];
  next: number | null;
}

export const COMMANDS = ['capture', 'train', 'deploy', 'rollback', 'set', 'cancel'] as const;
export type Command = (typeof COMMANDS)[number];

export interface NewOrder {
  devices: string[];
  command: Command;
  body: Record<string, unknown>;
  /** So many first; the others when these are done. */
  canary: number;
  stop_after_failures: number;
  expires_s: number;
}

export interface OrderDevice {
  id: string;
  state: 'waiting' | 'sent' | 'done' | 'failed' | 'expired';
  /** What it answered; empty before that. */
  words: string;
}

export interface Order {
  id: string;
  made: string;
  /** Who ordered it; empty at the server itself. */
  by: string;
  command: Command;
  body: Record<string, unknown>;
  state: 'canary' | 'running' | 'stopped' | 'done';
  /** Why it stopped; null where it did not. */
  stopped: string | null;
  expires: string;
  devices: OrderDevice[];
}
