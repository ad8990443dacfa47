// The picture with its labels, and what floats over it.
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { can } from '../../api/access';
import { categories } from '../../api/categories';
import { Board } from '../../board/board';
import { Icon } from '../../ui/icon';
import { words } from '../../words';
import { host } from './host';
import { Later } from './later';
import { hand, labels, nameless, pointed, proposals, selected, sheet, stage, zoomed } from './state';
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
      <Later part="Hand" />
      <Wait />
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
