// The box in hand as an example of its category: a picture beside the instructions.
import { can } from '../../api/access';
import { categories, loadCategories } from '../../api/categories';
import { device, ok } from '../../api/client';
import { TaskButton } from '../../ui/button';
import type { Cut } from '../../ui/cutout';
import { more } from '../../words/more';
import { selected, sheet } from './state';

const w = more.labelRest;
/** Pixels; the device keeps tenths. */
const SAME = 0.5;

export function AsExample() {
  const [label, frame] = [selected.value, sheet.value?.frame.id];
  const category = categories.value.find(({ name }) => name === label?.category);
  const bbox = label?.bbox;
  if (!can('labeller') || !category || !frame || !bbox) return null;
  const same = (one: Cut) => one.frame === frame && one.bbox.every((side, i) => Math.abs(side - (bbox[i] ?? 0)) < SAME);
  const there = category.examples ?? [];
  const is = there.some(same);
  const turn = async () => {
    const examples = is ? there.filter((one) => !same(one)) : [...there, { frame, bbox }];
    const params = { path: { name: category.name } };
    await ok(device.PATCH('/api/v1/categories/{name}', { params, body: { examples } }));
    await loadCategories();
  };
  return (
    <TaskButton id="as-example" aria-pressed={is} task={turn}>
      {w.asExample}
    </TaskButton>
  );
}
