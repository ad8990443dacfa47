// The camera: the live picture, what is seen in it, and how the device is.
import { useEffect } from 'preact/hooks';
import { loadCategories } from '../../api/categories';
import { on } from '../../api/news';
import { useNews } from '../../ui/load';
import { more } from '../../words/more';
import { Cameras } from './chosen';
import { Counts } from './counts';
import { Deeds } from './deeds';
import { InView } from './detections';
import { ZoneForm } from './form';
import { follow } from './looks';
import { Picture } from './picture';
import { CameraLine, Storage, Watching } from './state';
import { refresh } from './status';
import { Timeline } from './timeline';
import { leave } from './verdict';
import { loadWatch } from './watch';
import { sketch, stop } from './zone';
import { Zones } from './zones';

const w = more.camera;

const CAMERA = ['camera_lost', 'camera_back'];

export function View() {
  useEffect(() => {
    const ends = [follow(), leave, stop, on('fleet', ({ kind }) => void (CAMERA.includes(kind) && refresh()))];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  useNews(refresh, ['deployed', 'poll', 'open']);
  // Colours only: without them the rows are grey.
  useNews(async () => void (await loadCategories().catch(() => {})), []);
  useNews(loadWatch, ['open', 'poll']);
  return (
    <>
      <h1 id="camera-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <div class="split">
        <div>
          {!sketch.value && <Cameras before={leave} />}
          <Picture />
          <CameraLine />
          {sketch.value ? <ZoneForm now={sketch.value} /> : <Deeds />}
        </div>
        <div>
          <h2>{w.inView}</h2>
          <InView />
          <h2>{w.watchingWith}</h2>
          <Watching />
          <Counts />
          <Zones />
          <h2>{w.storage}</h2>
          <Storage />
          <Timeline />
        </div>
      </div>
    </>
  );
}
