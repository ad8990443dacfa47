// Merging a category with another, or taking it away: first what that would take along, then the way back.
import { useEffect, useState } from 'preact/hooks';
import { categories, loadCategories } from '../../api/categories';
import { device, ok } from '../../api/client';
import type { components } from '../../api/schema';
import type { Category } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { offerUndo, undo } from '../../ui/undo';
import { isolated } from '../../words/format';
import { more } from '../../words/more';

const w = more.categories;
type Use = components['schemas']['CategoryUse'];

export function Away({ category, close }: { category: Category; close: () => void }) {
  const { name, kind } = category;
  const params = { path: { name } };
  const others = categories.value.filter((other) => other.kind === kind && other.name !== name);
  const [use, setUse] = useState<Use | null>(null);
  const [into, setInto] = useState('');
  const [sure, setSure] = useState(false);
  useEffect(() => {
    void ok(device.GET('/api/v1/categories/{name}/use', { params })).then(setUse, () => {});
  }, [name]);

  const back = (id: string | null | undefined) => async () => {
    await undo([id]);
    await loadCategories();
  };
  const merge = async () => {
    const answer = await ok(device.POST('/api/v1/categories/{name}/merge', { params, body: { into } }));
    await loadCategories();
    close();
    offerUndo(w.merged(answer.labels, isolated(into)), back(answer.undo));
  };
  const remove = async () => {
    const answer = await ok(
      device.DELETE('/api/v1/categories/{name}', { params: { ...params, query: { labels: true } } }),
    );
    await loadCategories();
    close();
    offerUndo(w.removed(isolated(name), answer.labels), back(answer.undo));
  };

  return (
    <details class="away">
      <summary>{w.away}</summary>
      <p class="state" id="edit-use">
        {use && w.use(use.labels, use.frames)}
      </p>
      {others.length > 0 && (
        <div class="row">
          <label class="grow">
            {w.mergeInto}
            <select id="merge-into" value={into} onChange={(event) => setInto(event.currentTarget.value)}>
              <option value="">{w.choose}</option>
              {others.map((other) => (
                <option key={other.name} value={other.name}>
                  {other.name}
                </option>
              ))}
            </select>
          </label>
          <TaskButton id="merge-go" disabled={!into} task={merge}>
            {w.merge}
          </TaskButton>
        </div>
      )}
      <div class="row">
        {sure ? (
          <>
            <span class="grow">{w.sure(isolated(name), use?.labels ?? 0)}</span>
            <button type="button" onClick={() => setSure(false)}>
              {w.keep}
            </button>
            <TaskButton id="remove-go" class="danger" task={remove}>
              {w.remove}
            </TaskButton>
          </>
        ) : (
          <button type="button" id="remove-ask" class="danger grow" onClick={() => setSure(true)}>
            {w.removeNamed(name)}
          </button>
        )}
      </div>
    </details>
  );
}
