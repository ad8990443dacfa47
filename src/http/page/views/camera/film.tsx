// Filming with the camera in view. It is a part of clips, which come after the picture.
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { say } from '../../shell/banner';
import { camera } from './chosen';

type Button = FunctionComponent<{ cameras: readonly string[] }>;

export function Film() {
  const [parts, set] = useState<{ Record: Button } | null>(null);
  useEffect(() => {
    import('../clips/view').then(set, say);
  }, []);
  const id = camera.value?.id;
  return parts && id ? <parts.Record cameras={[id]} /> : null;
}
