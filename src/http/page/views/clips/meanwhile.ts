// What becomes of the clip that is open while it is: others label in it, add to it, delete it.
import { on } from '../../api/news';
import { reload, retry } from './carry';
import { carrying, changed, gone, open, order, trouble, wanted } from './clip';
import { absent, clipOf, framesOf } from './frames';
import { idle, revisionOf } from './kept';

/** Whether it is there, and as long as it was. */
async function look(): Promise<void> {
  const id = wanted.peek();
  if (!id) return;
  const before = open.peek()?.clip;
  const now = await clipOf(id).catch(absent);
  if (wanted.peek() !== id || open.peek()?.clip !== before) return;
  if (!now) gone.value = true;
  else if (gone.peek()) await reload();
  else if (before && now.frames !== before.frames) changed.value = true;
}

/** Where the device does not answer, the next time tells. */
const glance = () => void look().catch(() => {});

/** Somebody wrote labels of a frame. */
async function heard(frame: string, revision: number): Promise<void> {
  const known = () => order.peek().find(({ id }) => id === frame)?.revision;
  if (known() === undefined) return;
  // It may be what was said here, of which the answer is still to come.
  await idle();
  const least = known();
  if (least !== undefined && revision > revisionOf(frame, least)) changed.value = true;
}

/** What happened while the device was not heard. */
async function catchUp(): Promise<void> {
  if (trouble.peek()) return retry();
  await look().catch(() => {});
  const id = open.peek()?.clip.id;
  if (!id || gone.peek() || carrying.peek()) return;
  const frames = await framesOf(id).catch(() => []);
  for (const { id: frame, revision } of frames) void heard(frame, revision);
}

/** Listens until what is answered is called. */
export function listen(): () => void {
  const ends = [
    on('labels', ({ frame, revision }) => void heard(frame, revision)),
    on('deleted', ({ frames }) => void (order.peek().some(({ id }) => frames.includes(id)) && glance())),
    on('restored', glance),
    on('frame', (frame) => void (frame.clip?.id === wanted.peek() && glance())),
    on('poll', glance),
    on('open', () => void catchUp()),
  ];
  return () => {
    for (const end of ends) end();
  };
}
