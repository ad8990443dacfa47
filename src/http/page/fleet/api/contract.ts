// The records that the fleet server speaks of, by the names that docs/fleet.md uses.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Device = Schemas['Device'];
export type Alarm = Schemas['Alarm'];
export type AlarmKind = Schemas['AlarmKind'];
export type Training = Schemas['DeviceTraining'];
export type Broker = Schemas['Broker'];
export type Devices = Schemas['Devices'];
export type HistoryItem = Schemas['HistoryItem'];
export type HistoryKind = Schemas['HistoryKind'];
export type Order = Schemas['Order'];
export type OrderDevice = Schemas['Part'];

/** What devices can be ordered to do. */
export const COMMANDS = ['capture', 'train', 'deploy', 'rollback', 'set', 'cancel'] as const;
export type Command = (typeof COMMANDS)[number];
