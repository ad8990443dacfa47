// The picture with its labels, and what floats over it.
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { can } from '../../api/access';
import { categories, colourOf } from '../../api/categories';
import { Board } from '../../board/board';
import { coloured } from '../../ui/colour';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import * as edit from './edit';
import { host } from './host';
import { Later } from './later';
import { corners, hand, labels, nameless, pointed, proposals, selected, sheet, stage, zoomed } from './state';
import { editable, turn } from './turn';
import { refusal } from './wait';

const w = words.label;

export function Picture() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const board = new Board(canvas.current, host);
    stage.board = board;
    const now = sheet.peek()?.frame;
    if (now) board.show(stage.picture, [now.width, now.height]);
    return () => {
      board.close();
      board.stop();
      board.end();
      stage.board = null;
    };
  }, []);
  useSignalEffect(() => {
    // Whatever of this changes is drawn anew.
    void [labels.value, proposals.value, selected.value, pointed.value, nameless.value, categories.value];
    stage.board?.draw();
  });
  return (
    <div class="picture board" aria-busy={!editable.value}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its keys are its own, no document's */}
      <canvas
        id="board"
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-describedby="board-help"
        aria-label={w.boardLabel}
        data-frame={sheet.value?.frame.id}
        data-size={`${sheet.value?.frame.width} ${sheet.value?.frame.height}`}
      />
      <button
        type="button"
        class="icon float"
        id="fit"
        aria-label={w.fit}
        hidden={!zoomed.value}
        onClick={() => stage.board?.fit()}
      >
        <Icon name="fit" />
      </button>
      {zoomed.value && can('labeller') && (
        <button
          type="button"
          class="icon float hand"
          id="hand"
          aria-label={w.hand}
          aria-pressed={hand.value}
          onClick={() => {
            hand.value = !hand.peek();
          }}
        >
          <Icon name="hand" />
        </button>
      )}
      <Outline />
      <Selection />
      <Wait />
    </div>
  );
}

/** The box in hand: its category is changed here, and nowhere else. */
function Selection() {
  const label = selected.value;
  const name = label?.category ?? '';
  const known = categories.value.filter((one) => one.kind !== 'tag').map((one) => one.name);
  const names = known.includes(name) || !label ? known : [name, ...known];
  return (
    <div class="selection" id="selection" hidden={!label} ref={coloured(colourOf(name))}>
      <i />
      <select
        id="selection-name"
        aria-label={w.boxCategory}
        disabled={!can('labeller')}
        value={name}
        onChange={(event) => edit.rename(event.currentTarget.value)}
      >
        {names.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      {can('labeller') && (
        <button
          type="button"
          class="icon danger"
          id="delete"
          aria-label={w.deleteBox}
          onClick={() => label && edit.remove(label)}
        >
          <Icon name="bin" />
        </button>
      )}
      <Later part="AsExample" />
      {label?.by && <small class="by">{w.by(label.by)}</small>}
    </div>
  );
}

/** While an outline is drawn, corner by corner. */
function Outline() {
  const n = corners.value;
  if (!n) return null;
  return (
    <div class="selection" id="outline">
      {w.outline(n)}
      <button type="button" id="outline-back" onClick={() => stage.board?.shorten()}>
        {w.outlineBack}
      </button>
      {n > 2 && (
        <button type="button" id="outline-close" onClick={() => stage.board?.close()}>
          {w.outlineClose}
        </button>
      )}
    </div>
  );
}

/** That a frame is coming or being saved, and that a stroke was not taken. */
function Wait() {
  const why = refusal.value;
  const text = why ? w.notDrawn(why) : turn.value === 'saving' ? w.saving : w.loading;
  return (
    <p class={`wait ${why ? 'asked' : ''}`} id="board-wait" role="status" hidden={!why && editable.value}>
      {text}
    </p>
  );
}
