// The view by the keyboard: keys of the picture, and keys that work anywhere.
import { useEffect } from 'preact/hooks';
import { can } from '../../api/access';
import { press as pressBoard } from '../../board/keys';
import { acceptAll, drawNext, walk } from './edit';
import { save } from './save';
import { boxCategories, selected, sheet, stage } from './state';

function press(event: KeyboardEvent): boolean {
  const { board } = stage;
  if (board && event.target === board.canvas && pressBoard(board, event)) return true;
  if (!sheet.peek() || !can('labeller') || (event.target as Element).matches('input, select, textarea')) return false;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const numbered = boxCategories.peek()[Number(key) - 1];
  if (command && key === 'enter') void save();
  else if (command && (key === 'y' || (key === 'z' && event.shiftKey))) walk('redo');
  else if (command && key === 'z') walk('undo');
  else if (command || event.altKey) return false;
  else if (event.key === 'A') acceptAll();
  else if (key === 'c' && selected.peek()) document.getElementById('selection-name')?.focus();
  else if (numbered) drawNext(numbered.name);
  else return false;
  return true;
}

export function useKeys(): void {
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (press(event)) event.preventDefault();
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, []);
}
