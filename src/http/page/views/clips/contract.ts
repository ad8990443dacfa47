// What the device says of clips.
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Clip = Schemas['Clip'];
export type Answer = Schemas['CarriedClip'];
export type CarriedBox = Schemas['CarriedBox'];
export type ClipTrack = Schemas['ClipTrack'];
export type Mark = Schemas['Mark'];
export type TrackAsk = Schemas['TrackAsk'];
export type Accepted = Required<Schemas['AcceptRequest']>;
export type AcceptedFrame = Schemas['AcceptedFrame'];
export type Done = Schemas['Done'];
export type FilmImport = Schemas['FilmImport'];
