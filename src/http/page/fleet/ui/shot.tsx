// The newest picture that was heard of a device.
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../ui/icon';
import type { Device } from '../api/contract';

/** `alt` is empty beside the device's name. */
export function Shot({ device: { id, picture_at: taken }, alt = '' }: { device: Device; alt?: string }) {
  const [picture, show] = useState('');
  // Its address stays the same: an image would go on showing what it has, so it is asked for whenever a newer one was heard.
  useEffect(() => {
    if (!taken) return;
    const gone = new AbortController();
    let made = '';
    const load = async () => {
      const address = `api/v1/devices/${encodeURIComponent(id)}/picture`;
      const answer = await fetch(address, { cache: 'no-cache', signal: gone.signal });
      if (!answer.ok) return;
      made = URL.createObjectURL(await answer.blob());
      if (gone.signal.aborted) URL.revokeObjectURL(made);
      else show(made);
    };
    // Without it there is the sign for a camera.
    load().catch(() => {});
    return () => {
      gone.abort();
      URL.revokeObjectURL(made);
    };
  }, [id, taken]);
  return taken && picture ? (
    <span class="shot">
      <img src={picture} alt={alt} decoding="async" />
    </span>
  ) : (
    <span class="shot none">
      <Icon name="camera" />
    </span>
  );
}
