// What happens on the device and to what was sent, for as long as the page is there: the view may be left and come back to.
import { categories, loadCategories } from '../../api/categories';
import { on } from '../../api/news';
import { database } from '../../offline/db';
import { onElsewhere } from '../../offline/drafts';
import { onOutcome, sending } from '../../offline/outbox';
import { countSoon } from './counts';
import { chooseCategory } from './edit';
import { concluded, onwards } from './save';
import { empty } from './state';
import { deletedElsewhere, drawnElsewhere, prepare, restoredElsewhere, writtenElsewhere } from './travel';

on('labels', (news) => {
  if (news.frame !== sending.peek()) writtenElsewhere(news);
  countSoon();
});
on('frame', countSoon);
on('deleted', ({ frames }) => {
  deletedElsewhere(frames);
  countSoon();
});
on('restored', restoredElsewhere);
on('open', () => {
  countSoon();
  if (empty.peek() === 'stranded') void onwards();
  else void prepare();
});
onElsewhere(drawnElsewhere);
onOutcome(concluded);

/** The categories: at once those of the last time, where they are known. */
export async function learnCategories(): Promise<void> {
  const store = await database();
  const kept = await store?.get('kept', 'categories').catch(() => undefined);
  const fresh = loadCategories().then(async (items) => {
    chooseCategory();
    await store?.put('kept', items, 'categories').catch(() => {});
  });
  if (!kept) return fresh;
  fresh.catch(() => {});
  if (!categories.peek().length) categories.value = kept;
  chooseCategory();
}
