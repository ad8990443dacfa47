// What there is to know of the frame in view and of the picture.
import { can, me } from '../../api/access';
import { categories } from '../../api/categories';
import { wasCarried } from '../../board/paint';
import { Cutout } from '../../ui/cutout';
import { ofDevice } from '../../words/device';
import { decimal, isolated, percent } from '../../words/format';
import { more } from '../../words/more';
import { category, goal, reason, said, sheet } from './state';

const w = more.labelRest;

export function About() {
  return (
    <div class="about">
      {can('labeller') && (
        <p id="reason" class="hint">
          {reason.value && w.why(ofDevice(reason.value))}
        </p>
      )}
      <p id="frame-kept" class="hint">
        {kept()}
      </p>
      <OfClip />
      <p id="made-by" class="hint">
        {madeBy()}
      </p>
      {can('labeller') && <Instructions />}
      <Help />
    </div>
  );
}

/** Why the camera kept it before its time. */
function kept(): string {
  const why = sheet.value?.frame.kept;
  if (!why) return '';
  const what = 'category' in why ? isolated(why.category) : '';
  return w.kept[why.why](what, 'score' in why ? percent(why.score) : '');
}

/** Where in a clip it lies; and what was filled in along that. */
function OfClip() {
  const own = sheet.value;
  const place = own?.frame.clip;
  if (!own || !place) return null;
  const filled = own.drawn.value.labels.filter(wasCarried).length;
  return (
    <p id="of-clip" class="hint">
      {w.ofClip(decimal(place.at, 1))} {filled > 0 && w.filled(filled)}
    </p>
  );
}

/** Who set the labels, and who looked at them since. */
function madeBy(): string {
  const stored = sheet.value?.stored.value;
  if (!stored?.labels.length && !stored?.reviewed_by) return '';
  const names = [...new Set(stored.labels.map(({ by }) => by).filter((by) => by != null))];
  const own = goal.value !== 'unlabelled' && names.length === 1 && names[0] === me.value?.name;
  return [
    names.length > 0 && w.madeBy(names.join(', ')),
    stored.reviewed_by && w.reviewedBy(stored.reviewed_by),
    own && w.ownLabels,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What belongs to the category that is drawn next. */
function Instructions() {
  const next = categories.value.find(({ name }) => name === category.value);
  return (
    <>
      <p id="instructions" class="hint">
        {next?.instructions}
      </p>
      {next && next.examples.length > 0 && (
        <div class="examples" id="examples">
          {next.examples.map((cut) => (
            <Cutout key={`${cut.frame} ${cut.bbox}`} cut={cut} category={next.name} />
          ))}
        </div>
      )}
    </>
  );
}

function Help() {
  return (
    <>
      <p id="board-help" class="hint">
        {can('labeller') ? w.help : w.helpLook}
        {can('labeller') && <span class="keys">{w.helpKeys}</span>}
      </p>
      <p id="board-said" class="unseen" aria-live="polite">
        {said}
      </p>
    </>
  );
}
