// Above the picture: which frame it is, and the ways to others.
import { can } from '../../api/access';
import { leave } from '../../shell/back';
import { say } from '../../shell/banner';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { when } from '../../words/format';
import { left } from './counts';
import { carries, carry, walk } from './edit';
import { onwards } from './save';
import { backward, corners, nameOf, sheet, summary } from './state';
import { backwards } from './travel';

const w = words.label;

export function Tools() {
  return (
    <div class="row tools">
      <button
        type="button"
        class="icon"
        id="prev"
        aria-label={w.previous}
        disabled={!backward.value}
        onClick={() => void backwards().catch(say)}
      >
        <Icon name="back" />
      </button>
      <Info />
      {can('labeller') && <Steps />}
      <button type="button" class="icon" id="next" aria-label={w.next} onClick={() => void onwards()}>
        <Icon name="forward" />
      </button>
    </div>
  );
}

/** A step back or on; in their place, while there is none, as much as was on the frame before. */
function Steps() {
  const now = sheet.value;
  if (carries.value && !now?.undoable && !now?.redoable) {
    return (
      <button type="button" id="as-before" onClick={carry}>
        {w.asBefore}
      </button>
    );
  }
  return (
    <>
      <button
        type="button"
        class="icon"
        id="undo"
        aria-label={w.undo}
        disabled={!now?.undoable && !corners.value}
        onClick={() => walk('undo')}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        class="icon"
        id="redo"
        aria-label={w.redo}
        disabled={!now?.redoable}
        onClick={() => walk('redo')}
      >
        <Icon name="redo" />
      </button>
    </>
  );
}

/** The frame is one of a clip. */
const ToClip = ({ clip, frame }: { clip: string; frame: string }) => (
  <>
    {' · '}
    <a id="to-clip" href={`#/clips/${clip}/${frame}`} onClick={() => leave(w.backHere)}>
      {w.toClip}
    </a>
  </>
);

function Info() {
  const [now, there] = [sheet.value, summary.value];
  return (
    <p id="frame-info" class="state grow">
      {now && there && (
        <>
          <b>{w.boxes(there.boxes, there.outlines)}</b>
          <small>
            {[left.value !== null && w.left(left.value), nameOf(now.frame, when)].filter(Boolean).join(' · ')}
            {now.frame.clip && <ToClip clip={now.frame.clip.id} frame={now.frame.id} />}
          </small>
        </>
      )}
    </p>
  );
}
