// What one can do about the picture: keep it, hold it, and say of what is in hand whether it is right.
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import { TaskButton } from '../../ui/button';
import { coloured } from '../../ui/colour';
import { score } from '../../words/format';
import { more } from '../../words/more';
import { Capture, LastCaptured } from './capture';
import { reason } from './empty';
import { Film } from './film';
import { held, hold, shown } from './looks';
import { keep, kept, leave, picked, said, type Verdict } from './verdict';

const w = more.camera;

/** Nothing where there is no picture. */
export const Deeds = () => (held.value ? <Held /> : reason.value ? null : <Running />);

function Running() {
  const look = shown.value;
  return (
    <>
      {look?.detections.objects.some((object) => object.bbox) && (
        <p class="hint" id="tap-hint">
          {can('labeller') ? w.tapWrong : w.tapLook}
        </p>
      )}
      <div class="row">
        {can('labeller') && <Capture />}
        {look && (
          <button type="button" id="hold" onClick={hold}>
            {w.hold}
          </button>
        )}
      </div>
      <LastCaptured />
      {can('labeller') && <Film />}
    </>
  );
}

function Held() {
  const at = picked.value;
  const object = at === null ? undefined : shown.value?.detections.objects[at];
  return (
    <div class="card verdict" id="verdict">
      {at !== null && object && (
        <>
          <p class="headline">
            <span class="what">
              <i ref={coloured(colourOf(object.category))} />
              {object.category}
              {object.zone && <span class="badge">{object.zone}</span>}
            </span>
            <span class="num">{w.sure(score(object.score))}</span>
          </p>
          {can('labeller') && <Judge key={at} at={at} />}
        </>
      )}
      <Draft />
      <div class="row">
        <button type="button" id="back-live" class={kept.value ? 'primary grow' : 'grow'} onClick={leave}>
          {w.backToLive}
        </button>
        {can('labeller') && !kept.value && (
          <TaskButton id="keep" class="grow" task={() => keep()}>
            {w.keepFrame}
          </TaskButton>
        )}
      </div>
    </div>
  );
}

function Judge({ at }: { at: number }) {
  const is = said.value.get(at);
  const choice = (verdict: Verdict) => (
    <TaskButton
      id={verdict}
      class={`grow say-${verdict}`}
      aria-pressed={is === verdict}
      task={async () => (is === verdict ? undefined : keep(at, verdict))}
    >
      {w.verdicts[verdict]}
    </TaskButton>
  );
  return (
    <div class="row judge">
      {choice('wrong')}
      {choice('right')}
    </div>
  );
}

/** The frame that was kept, and where to go on with it. */
function Draft() {
  const draft = kept.value;
  return (
    <p class="hint" id="kept" aria-live="polite">
      {draft && (
        <>
          {w.keptDraft} <a href={`#/label/${draft.frame.id}`}>{w.labelNow}</a>
          {draft.left_out.length > 0 && <small>{w.leftOut(draft.left_out.map(({ detail }) => detail))}</small>}
        </>
      )}
    </p>
  );
}
