// What happens on the device and to what was sent, for as long as the page is there: the view may be left and come back to.
import { categories, loadCategories } from '../../api/categories';
import { on } from '../../api/news';
import { database } from '../../offline/db';
import { onOutcome, sending } from '../../offline/outbox';
import { countSoon } from './counts';
import { chooseCategory } from './edit';
import { concluded } from './save';
import { changedElsewhere, prepare } from './travel';

on('labels', (labels) => {
  if (labels.frame !== sending.peek()) changedElsewhere(labels);
  countSoon();
});
on('frame', countSoon);
on('open', () => {
  countSoon();
  void prepare();
});
onOutcome(concluded);

/** The categories; while the device does not answer, those of the last time. */
export async function learnCategories(): Promise<void> {
  const store = await database();
  try {
    const items = await loadCategories();
    await store?.put('kept', items, 'categories').catch(() => {});
  } catch (error) {
    const kept = await store?.get('kept', 'categories').catch(() => undefined);
    if (!kept) throw error;
    categories.value = kept;
  }
  chooseCategory();
}
