// Data of the device in a component: asked for when it appears, when the device is back, and whenever it is time.
import { useEffect } from 'preact/hooks';
import { type News, on } from '../api/news';
import { say } from '../shell/banner';

/** Calls `load` (errors go into the banner) at first, at each of these news, and whenever one of `inputs` changes; never twice at a time. */
export function useNews(load: () => Promise<void> | void, news: (keyof News)[], inputs: unknown[] = []): void {
  useEffect(() => {
    let running = false;
    let again = false;
    let over = false;
    const run = async () => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      do {
        again = false;
        try {
          await load();
        } catch (error) {
          say(error);
        }
      } while (again && !over);
      running = false;
    };
    void run();
    const ends = news.map((kind) => on(kind, () => void run()));
    return () => {
      over = true;
      for (const end of ends) end();
    };
  }, inputs);
}
