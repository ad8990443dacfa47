// The camera: the live picture, what is seen in it, and how the device is.
import { useState } from 'preact/hooks';
import { can } from '../../api/access';
import { loadCategories } from '../../api/categories';
import { device, ok, slowly } from '../../api/client';
import { TaskButton } from '../../ui/button';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { InView } from './detections';
import { Live } from './live';
import { CameraLine, Storage, Watching } from './state';
import { refresh } from './status';

const w = words.camera;

export function View() {
  useNews(refresh, ['deployed', 'poll', 'open']);
  // Colours only: without them the rows are grey.
  useNews(async () => void (await loadCategories().catch(() => {})), ['open']);
  return (
    <>
      <h1 id="camera-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <div class="split">
        <div>
          <Live />
          <CameraLine />
          {can('labeller') && <Capture />}
        </div>
        <div>
          <h2>{w.inView}</h2>
          <InView />
          <h2>{w.watchingWith}</h2>
          <Watching />
          <h2>{w.storage}</h2>
          <Storage />
        </div>
      </div>
    </>
  );
}

function Capture() {
  const [kept, keep] = useState<string | null>(null);
  return (
    <>
      <div class="row">
        <TaskButton
          class="primary grow"
          id="capture"
          task={async () => keep((await ok(device.POST('/api/v1/frames/capture', slowly))).id)}
        >
          {w.capture}
        </TaskButton>
      </div>
      <p id="captured" class="hint" aria-live="polite">
        {kept && (
          <>
            {w.kept} <a href={`#/label/${kept}`}>{w.labelNow}</a>
          </>
        )}
      </p>
    </>
  );
}
