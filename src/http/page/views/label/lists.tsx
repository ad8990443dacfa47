// Below the picture: frames that are on this phone only, and frames labelled before.
import { useEffect, useState } from 'preact/hooks';
import { can } from '../../api/access';
import { pictureUrl } from '../../api/client';
import { type News, on } from '../../api/news';
import { aheadOf } from '../../offline/ahead';
import type { Draft } from '../../offline/db';
import { drafts } from '../../offline/drafts';
import { onOutcome } from '../../offline/outbox';
import { TaskButton } from '../../ui/button';
import { Small } from '../../ui/small';
import { words } from '../../words';
import { when } from '../../words/format';
import { more } from '../../words/more';
import { nameOf, sheet } from './state';
import { hasMore, labelled, loadStrip, noteLabelled, refreshStrip } from './strip';
import { open } from './travel';

const w = more.labelRest;

function Thumb(props: { frame: string; name: string; badge?: string; local?: boolean }) {
  const { frame, name, badge, local = false } = props;
  return (
    <button
      type="button"
      class={`thumb ${drafts.value.has(frame) ? 'draft' : ''}`}
      data-frame={frame}
      aria-label={name}
      aria-current={frame === sheet.value?.frame.id ? 'true' : undefined}
      onClick={() => open(frame)}
    >
      {local ? <Local frame={frame} /> : <Small frame={frame} />}
      {badge && <b>{badge}</b>}
    </button>
  );
}

/** A picture from this phone, where it is: the device may not answer. */
function Local({ frame }: { frame: string }) {
  const [source, set] = useState<string | undefined>(undefined);
  useEffect(() => {
    let url: string | undefined;
    let over = false;
    void aheadOf(frame).then((kept) => {
      if (over) return;
      url = kept && URL.createObjectURL(kept.picture);
      set(url ?? pictureUrl(frame, 192));
    });
    return () => {
      over = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [frame]);
  return <img src={source} alt="" />;
}

function stateOf(draft: Draft): string {
  if (draft.refused !== undefined) return w.states.refused;
  if (draft.disputes?.length) return w.states.disputed;
  return draft.order ? w.states.notSent : w.states.notSaved;
}

export function Kept() {
  const here = sheet.value?.frame.id;
  // What is being drawn right now is before one's eyes.
  const list = can('labeller') ? [...drafts.value.values()].filter((one) => one.order > 0 || one.frame !== here) : [];
  list.sort((a, b) => (a.frame < b.frame ? 1 : -1));
  return (
    <div id="kept" hidden={!list.length}>
      <h2>
        {w.onThisPhone}{' '}
        <span id="kept-count" class="muted">
          {list.length}
        </span>
      </h2>
      <div id="kept-list" class="strip">
        {list.map((draft) => (
          <Thumb
            key={draft.frame}
            frame={draft.frame}
            name={w.keptFrame(draft.labels.length, stateOf(draft))}
            badge={stateOf(draft)}
            local
          />
        ))}
      </div>
    </div>
  );
}

export function Strip() {
  useEffect(() => {
    refreshStrip();
    const heard = (news: News['labels']) => {
      noteLabelled(news);
      refreshStrip();
    };
    const ends = [on('labels', heard), on('open', refreshStrip), onOutcome(refreshStrip)];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  const verb = can('labeller') ? w.correct : w.show;
  return (
    <>
      <h2>
        {w.labelledSoFar}{' '}
        <span id="labelled-count" class="muted">
          {labelled.value.length}
          {hasMore() ? '+' : ''}
        </span>
      </h2>
      <div id="strip" class="strip">
        {labelled.value.map((frame) => (
          <Thumb key={frame.id} frame={frame.id} name={verb(nameOf(frame, when))} />
        ))}
        {hasMore() && (
          <TaskButton class="thumb more" task={() => loadStrip(true)}>
            {words.more}
          </TaskButton>
        )}
      </div>
    </>
  );
}
