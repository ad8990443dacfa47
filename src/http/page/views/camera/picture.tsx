// The picture: the frame of a look with its boxes where a model looks, else what the camera sees.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { FIT } from '../../ui/look';
import { Zoom } from '../../ui/zoom';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { Boxes } from './boxes';
import { camera } from './chosen';
import { Nothing, reason } from './empty';
import { held, type Look, shown } from './looks';
import { SketchLayer } from './sketch';
import { Stream } from './stream';
import { ZoneLines } from './zones';

const w = more.camera;

export function Picture() {
  const zoom = useSignal(FIT);
  const frame = useRef<HTMLDivElement>(null);
  const look = shown.value;
  const why = reason.value;
  const { width, height } = look?.detections ?? camera.value ?? {};
  useEffect(() => {
    if (width && height) frame.current?.style.setProperty('--shape', `${width} / ${height}`);
  }, [width, height, why]);
  // What was seen before the camera went is not what is there now; what somebody holds is.
  if (why && !held.value) return <Nothing reason={why} />;
  return (
    <div class="picture live" id="picture" ref={frame} data-look={look?.detections.id}>
      <Zoom look={zoom}>
        {look ? <Frame look={look} /> : <Stream />}
        <ZoneLines />
        {look && <Boxes look={look} />}
        <SketchLayer />
      </Zoom>
      {look && held.value && (
        <p class="badge at" id="held">
          {w.held(when(look.detections.taken))}
        </p>
      )}
    </div>
  );
}

/** Drawn in the same go as its boxes, which are never those of another frame. */
function Frame({ look }: { look: Look }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (!canvas.current) return;
    const { width, height } = look.picture;
    if (canvas.current.width !== width) canvas.current.width = width;
    if (canvas.current.height !== height) canvas.current.height = height;
    canvas.current.getContext('2d')?.drawImage(look.picture, 0, 0);
  }, [look]);
  return <canvas id="live" ref={canvas} role="img" aria-label={w.liveAlt} />;
}
