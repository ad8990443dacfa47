// How a device is, where it is known; how it was, where it is not.
import type { Device } from '../api/contract';
import { current } from '../api/fleet';
import { fleet } from '../words';

export function State({ device }: { device: Device }) {
  const known = current.value;
  const kind = known ? device.state : 'unsure';
  return <span class={`status ${kind}`}>{(known ? fleet.states : fleet.wasStates)[device.state]}</span>;
}
