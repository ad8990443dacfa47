// What came of what was brought: kept over a load of the page.
import { signal } from '@preact/signals';
import type { components } from '../../api/schema';
import { ofDevice } from '../../words/device';
import { when } from '../../words/format';
import { more } from '../../words/more';

const w = more.exchange;
export type Report = components['schemas']['ImportReport'];

/** How a data set is taken in where it leaves a choice; as the query has it. */
export interface Choices {
  strict: 'true' | 'false';
  sides: 'true' | 'false';
  unmentioned: 'unlabelled' | 'empty';
  boxes: 'auto' | 'upright' | 'stored';
  /** The form, where what is there does not tell it. */
  format: '' | 'folders';
}

export interface Outcome {
  at: string;
  report: Report;
  /** Why it did not come to its end. */
  error: string | null;
}

const KEY = 'fieldcoach.brought';
export const outcome = signal<Outcome | null>(kept());

function kept(): Outcome | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}

export const empty = (): Report => ({
  frames: 0,
  labels: 0,
  categories: 0,
  already: 0,
  unlabelled: 0,
  empty: 0,
  left_out: [],
  notes: [],
});

/** Adds what came of another file. */
export function sum(to: Report, { left_out, notes, ...counts }: Report): void {
  to.left_out.push(...left_out);
  to.notes.push(...notes);
  for (const [key, n] of Object.entries(counts) as [keyof typeof counts, number][]) to[key] = (to[key] ?? 0) + n;
}

/** Keeps what came of it; shows it once it is over. `error`: what stopped it; `null`: it goes on. */
export function told(report: Report, error?: unknown): void {
  const now = { at: new Date().toISOString(), report: structuredClone(report), error: null as string | null };
  if (error === null) now.error = w.brokenOff;
  else if (error) now.error = error instanceof Error ? error.message : String(error);
  if (error !== null) outcome.value = now;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // then it is shown as long as the page is there
  }
}

/** Kinds of things that another choice takes in otherwise. */
const OTHERWISE = ['turned', 'no_annotations', 'no_label_file', 'says_nothing', 'class_folders'];
export const mayBeOtherwise = ({ left_out, notes }: Report): boolean =>
  [...left_out, ...notes].some(({ kind }) => OTHERWISE.includes(kind));

export function Told({ at, report, error }: Outcome) {
  const { frames, labels, categories } = report;
  return (
    <div id="import-report" role="status">
      <p class="state">{when(at)}</p>
      {error && <p>{error}</p>}
      <p>{frames || labels || categories ? w.taken(frames, labels, categories) : w.nothingNew}</p>
      {report.already > 0 && <p>{w.already(report.already)}</p>}
      {report.unlabelled > 0 && <p>{w.unlabelled(report.unlabelled)}</p>}
      {report.empty ? <p>{w.empty(report.empty)}</p> : null}
      <ul>
        {[...report.left_out, ...report.notes].map(({ kind, what, count, examples }, place) => (
          <li key={place}>
            {count} × {w.kinds[kind]?.replace('{}', () => what.split('`')[1] ?? '') ?? what}:{' '}
            {examples.map(ofDevice).join('; ')}
            {count > examples.length && ' …'}
          </li>
        ))}
      </ul>
    </div>
  );
}
