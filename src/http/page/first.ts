// The first step of the page, written into index.html itself (the policy names it by its hash): what labelling shows first is
// asked for beside the page's files, not after them. On a slow link every question that waits for another costs half a second.
import { type Early, SMALL } from './api/early';

/** `#/label`, or a frame by its name. */
const [label, frame] = /^#\/label(?:\/([\w-]+))?$/.exec(location.hash) ?? [];
/** The link is slow when this page took so long to come, ms. */
const SLOW = 400;

const answers: Early['answers'] = new Map();

function ask(path: string, patience = 30_000): Promise<Response> {
  const address = new URL(`api/v1/${path}`, location.href).href;
  const answer = fetch(address, { signal: AbortSignal.timeout(patience) });
  answer.catch(() => {});
  answers.set(address, answer);
  return answer;
}

async function begin(): Promise<void> {
  const slow = performance.now() > SLOW;
  // Who was here before may have the frame.
  const known = Object.keys(localStorage).some((key) => key.startsWith('fieldcoach.me:'));
  const queue = frame ? ask(`frames/${frame}`) : ask('queue?phase=unlabelled&limit=4');
  const rest = [ask('me', 4_000), ask('categories', 4_000)];
  const id = frame ?? (await (await queue).clone().json()).items?.[0]?.frame.id;
  if (!id || known) return;
  rest.push(ask(`frames/${id}/labels`));
  if (slow) rest.push(ask(`frames/${id}.jpg?width=${SMALL}`));
  await Promise.allSettled(rest);
}

if (label) globalThis.early = { answers, over: begin().catch(() => {}) };
