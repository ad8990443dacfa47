// Labelling: frame after frame from the queue, boxes and tags, kept here until the device has them.
import { useEffect } from 'preact/hooks';
import { can, me } from '../../api/access';
import { on } from '../../api/news';
import { back } from '../../shell/back';
import { say } from '../../shell/banner';
import { Icon } from '../../ui/icon';
import { useNews } from '../../ui/load';
import { words } from '../../words';
import { Chips } from './chips';
import { countSoon } from './counts';
import { Finish } from './finish';
import { learnCategories } from './follow';
import { fetchRest, Later } from './later';
import { Picture } from './picture';
import { empty, sheet } from './state';
import { Tools } from './tools';
import { enter, stay } from './travel';
import { whyEmpty } from './whyempty';

const w = words.label;
/** For so long the first frame comes before all that it can do without, ms. */
const PATIENCE = 3_000;

export function View({ id }: { id: string | undefined }) {
  useNews(countSoon, ['poll']);
  useShown(id);
  return (
    <>
      <h1 id="label-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <div class="screen">
        <div class="goals">
          <Back />
          {can('labeller') && <Later part="Goals" />}
        </div>
        <Later part="Nothing" instead={<Unexplained />} />
        <div class="split wide" id="label-work" hidden={Boolean(empty.value)}>
          <div>
            <Tools />
            <Picture />
          </div>
          <div class="panel">{can('labeller') ? <Panel /> : <Chips />}</div>
        </div>
      </div>
      <Later part="Below" />
    </>
  );
}

/** Shows that frame, else where one was, else the first; once the device answers, where it does not at first. */
function useShown(id: string | undefined): void {
  const role = me.value?.role;
  useEffect(() => {
    let busy = false;
    /** It answered while what is under way may have failed already. */
    let opened = false;
    const missing = () => !sheet.peek() && [null, 'unheard', 'unreached'].includes(empty.peek());
    const begin = async () => {
      if (busy) return;
      busy = true;
      const due = setTimeout(fetchRest, PATIENCE);
      do {
        opened = false;
        try {
          await learnCategories();
          await enter(id);
        } catch (error) {
          if (!sheet.peek()) stay(error);
          say(error);
        }
      } while (opened && missing());
      clearTimeout(due);
      void fetchRest();
      busy = false;
    };
    void begin();
    return on('open', () => {
      opened = true;
      if (missing()) void begin();
    });
  }, [id, role]);
}

/** Where the link is lost before all else is here. */
function Unexplained() {
  return (
    <div id="label-empty" class="empty" hidden={!empty.value}>
      <h2>{whyEmpty()}</h2>
    </div>
  );
}

function Panel() {
  return (
    <>
      <Later part="Asked" />
      <Chips />
      <Later part="NewCategory" />
      {!empty.value && <Finish />}
    </>
  );
}

/** The way back to where one came from to correct this frame. */
function Back() {
  const way = back.value;
  if (!way) return null;
  return (
    <a class="button" id="back" href={way.hash} aria-label={way.words}>
      <Icon name="back" />
      <span>{way.words}</span>
    </a>
  );
}
