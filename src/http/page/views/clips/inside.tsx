// A clip: its picture, a strip to go through it, its objects, and accepting what was carried.
import { useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { can } from '../../api/access';
import { colourOf } from '../../api/categories';
import { Board } from '../../board/board';
import { back } from '../../shell/back';
import { route } from '../../shell/route';
import { TaskButton } from '../../ui/button';
import { coloured } from '../../ui/colour';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { clips as w } from '../../words/clips';
import { isolated, when } from '../../words/format';
import { enter, leave, turnTo } from './carry';
import {
  acceptable,
  all,
  ask,
  askedHere,
  at,
  boxed,
  category,
  course,
  doubted,
  drawable,
  goAsk,
  held,
  here,
  inHand,
  labels,
  mayGo,
  open,
  order,
  part,
  ready,
  touched,
} from './clip';
import { accept, confirm, forget, goneOrBack } from './deeds';
import { listen } from './meanwhile';
import { Said } from './said';
import { host, painted, Stage } from './stage';
import { Strip } from './strip';

export function Inside({ id }: { id: string }) {
  useEffect(() => {
    void enter(id, { part: undefined, frame: route.peek().frame, track: null });
    const end = listen();
    return () => {
      end();
      leave();
    };
  }, [id]);
  const clip = open.value?.clip;
  return (
    <>
      <div class="row tools">
        {back.value ? (
          <a class="icon" id="clips-back" href={back.value.hash} aria-label={back.value.words}>
            <Icon name="back" />
          </a>
        ) : (
          <a class="button" id="clips-back" href="#/clips">
            {w.title}
          </a>
        )}
        <h1 id="clips-title" class="grow" tabIndex={-1}>
          {clip ? clip.name || when(clip.taken) : w.loading}
        </h1>
        {can('labeller') && (
          <TaskButton class="primary" id="clip-accept" task={accept} disabled={!acceptable.value}>
            {w.accept(ready.value, order.value.length)}
          </TaskButton>
        )}
      </div>
      <Picture />
      <Strip />
      <Said />
      {can('labeller') && <Objects />}
      {can('labeller') && <Deeds />}
      <Parts />
    </>
  );
}

const touch = (yes: boolean) => {
  touched.value = yes;
};

function Picture() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<{ board: Board; stage: Stage } | null>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const board = new Board(canvas.current, host);
    const own = { board, stage: new Stage(board) };
    stage.current = own;
    own.stage.show(at.peek());
    return () => {
      own.stage.end();
      board.stop();
      board.end();
      stage.current = null;
    };
  }, []);
  useSignalEffect(() => {
    void order.value;
    stage.current?.stage.show(at.value);
  });
  useSignalEffect(() => {
    void [labels.value, inHand.value];
    stage.current?.board.draw();
  });
  const size = open.value?.size;
  return (
    <div
      class="picture board"
      aria-busy={painted.value !== here.value?.id}
      onPointerDown={() => touch(true)}
      onPointerUp={() => touch(false)}
      onPointerCancel={() => touch(false)}
    >
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its strokes are its own, no document's */}
      <canvas
        id="clip-board"
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={w.boardLabel}
        data-frame={here.value?.id}
        data-asks={askedHere.value?.why}
        data-hand={inHand.value?.bbox?.join(' ')}
        data-size={`${size?.width} ${size?.height}`}
      />
    </div>
  );
}

/** The objects there are, and what the next one will be. */
function Objects() {
  const pick = (track: string | null, name: string) => {
    held.value = track;
    category.value = name;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take room of its own
    <div class="chips scroll" id="clip-objects" role="group" aria-label={w.objects}>
      {boxed.value.map(({ name, colour }) => (
        <Chip
          key={`+${name}`}
          colour={colour}
          pressed={held.value === null && category.value === name}
          pick={() => pick(null, name)}
        >
          {w.newOne(isolated(name))}
        </Chip>
      ))}
      {all.value.map(({ track, category: name, asks }) => (
        <Chip key={track} colour={colourOf(name)} pressed={held.value === track} pick={() => pick(track, name)}>
          {isolated(track)}
          {asks.length > 0 && <b class="asks"> ?</b>}
        </Chip>
      ))}
    </div>
  );
}

function Chip(props: { colour: string; pressed: boolean; pick: () => void; children: ComponentChildren }) {
  const own = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (props.pressed) own.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    coloured(props.colour)(own.current);
  }, [props.pressed, props.colour]);
  return (
    <button type="button" class="chip" ref={own} aria-pressed={props.pressed} onClick={props.pick}>
      <i />
      <span>{props.children}</span>
    </button>
  );
}

function Deeds() {
  const own = course.value;
  return (
    <div class="row clip-deeds">
      <button type="button" class="grow" id="clip-gone" disabled={!own || !drawable.value} onClick={goneOrBack}>
        {own && !mayGo.value ? w.back : w.gone}
      </button>
      <TaskButton class="grow" id="clip-forget" disabled={!own || !drawable.value} task={forget}>
        {w.forget}
      </TaskButton>
      {doubted.value ? (
        <button type="button" class="grow primary" id="clip-right" disabled={!drawable.value} onClick={confirm}>
          {w.right}
        </button>
      ) : (
        <button type="button" class="grow" id="clip-ask" disabled={!ask.value} onClick={goAsk}>
          {w.nextAsk}
        </button>
      )}
    </div>
  );
}

/** A long clip is worked on in parts. */
function Parts() {
  const parts = open.value?.parts.length ?? 1;
  if (parts < 2) return null;
  return (
    <div class="row centre" id="clip-parts">
      <button type="button" disabled={part.value === 0} onClick={() => void turnTo(part.peek() - 1)}>
        {w.partBefore}
      </button>
      <span class="muted">{w.partOf(part.value + 1, parts)}</span>
      <button type="button" disabled={part.value === parts - 1} onClick={() => void turnTo(part.peek() + 1)}>
        {words.more}
      </button>
    </div>
  );
}
