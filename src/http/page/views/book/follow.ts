// A training that runs adds pages to its book.
import { useEffect } from 'preact/hooks';
import { on } from '../../api/news';
import { say } from '../../shell/banner';
import { useNews } from '../../ui/load';
import type { OpenBook } from './book';

/** Milliseconds between two questions while epochs end. */
const PAUSE = 2_000;

/** Keeps the book up to date while it is on the screen. */
export function useFollowed(open: OpenBook): void {
  useNews(
    async () => {
      const complete = open.over.peek() && open.book.peek() && !open.gone.peek();
      if (complete) await open.check();
      else if (!open.playing.peek()) await open.load();
    },
    ['poll', 'open'],
    [open],
  );
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      due ??= setTimeout(() => {
        due = undefined;
        open.load().catch(say);
      }, PAUSE);
    };
    const ends = [
      on('epoch', ({ training }) => training === open.id && later()),
      on('training', (training) => {
        if (training.id !== open.id) return;
        open.training.value = training;
        if (training.winner || training.finished) later();
      }),
    ];
    return () => {
      for (const end of ends) end();
      clearTimeout(due);
      open.stop();
    };
  }, [open]);
}
