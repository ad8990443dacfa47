// The newest picture that was heard of a device.
import { Icon } from '../../ui/icon';
import { at } from '../api/client';
import type { Device } from '../api/contract';

/** `alt` is empty beside the device's name. */
export function Shot({ device: { id, picture_at: taken }, alt = '' }: { device: Device; alt?: string }) {
  if (!taken) {
    return (
      <span class="shot none">
        <Icon name="camera" />
      </span>
    );
  }
  // Another time is another address: what a browser keeps of one stays right.
  const address = `api/v1/${at(id, '/picture')}?t=${encodeURIComponent(taken)}`;
  return (
    <span class="shot">
      <img key={address} src={address} alt={alt} loading="lazy" decoding="async" />
    </span>
  );
}
