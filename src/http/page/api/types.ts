// The records that the device speaks of, by the names that DESIGN and docs/http.md use.
import type { components } from './schema';

type Schemas = components['schemas'];
/** With its examples. */
export type Category = Schemas['CategoryCard'];
export type Detections = Schemas['Detections'];
export type Experiment = Schemas['Experiment'];
export type FlipBook = Schemas['FlipBook'];
export type FlipBookEpoch = Schemas['FlipBookEpoch'];
export type FlipBookFrame = Schemas['FlipBookFrame'];
export type Frame = Schemas['Frame'];
export type FrameLabels = Schemas['FrameLabels'];
export type Label = Schemas['Label'];
export type LabelKind = Schemas['LabelKind'];
export type Me = Schemas['Me'];
export type Metrics = Schemas['Metrics'];
export type Model = Schemas['Model'];
export type Phase = Schemas['Phase'];
export type Point = Schemas['Point'];
export type Prediction = Schemas['Prediction'];
export type QueueItem = Schemas['QueueItem'];
export type Rejected = Schemas['Rejected'];
export type Role = Schemas['Role'];
export type Side = Schemas['Side'];
export type CameraReport = Schemas['CameraReport'];
export type Status = Schemas['Status'];
export type Token = Schemas['Token'];
export type Training = Schemas['Training'];
export type Sighting = Schemas['Sighting'];
export type Wanted = Schemas['Wanted'];
export type Watch = Schemas['Watch'];
export type Zone = Schemas['Zone'];
export type FleetEvent = Schemas['FleetEvent'];
export type AuditEntry = Schemas['AuditEntry'];

/** `[x, y, width, height]` in pixels of the stored frame. */
export type Box = [number, number, number, number];
