// Photographs and data sets on their way to the device, and what came of the last ones: it goes on while one looks at
// other views.
import { signal } from '@preact/signals';
import { ApiError, device, HOME, ok, silence } from '../../api/client';
import type { components } from '../../api/schema';
import { hush, say } from '../../shell/banner';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { more } from '../../words/more';
import { type Choices, empty, type Outcome, outcome, type Report, sum, told } from './outcome';

const w = more.exchange;
type SetImport = components['schemas']['SetImport'];

/** How often the device is asked how far it is, ms. */
const ASK = 500;

/** What is on its way: `share` of 0 to 1. */
export const way = signal<{ share: number; text: string } | null>(null);
/** The data sets that were brought last, to bring them again otherwise. */
export const last = signal<File[]>([]);

/** Stops what is on its way. */
export let stop: () => void = () => {};
let halted = false;

const isSet = ({ name, type }: File) => /\.zip$/i.test(name) || type.includes('zip');

/** What an answer says is wrong. */
function said(body: string, status: number): string {
  try {
    return ofDevice(JSON.parse(body).detail);
  } catch {
    return words.answered(status);
  }
}

/** Brings files in, each by its door, where the device says what it is if it can't be read. */
export async function take(files: File[], choices: Choices): Promise<void> {
  if (way.peek() || !files.length) return;
  hush();
  halted = false;
  stop = () => {
    halted = true;
  };
  outcome.value = null;
  way.value = { share: 0, text: w.sent(0) };
  const report = empty();
  // Browsers do not know every kind of picture; what is alone is taken for a data set.
  const sets = files.filter((file) => isSet(file) || (files.length === 1 && !file.type.startsWith('image/')));
  last.value = sets;
  try {
    await keep(
      files.filter((file) => !sets.includes(file)),
      report,
    );
    for (const set of sets) await bring(set, choices, report, files.length > 1);
    told(report);
  } catch (error) {
    say(error);
    told(report, error);
  }
  way.value = null;
}

/** Whether a refusal is of this file alone, so that the others may fare better. */
const ofItself = (error: unknown) => error instanceof ApiError && [413, 415, 422].includes(error.status);

/** Stores pictures one after the other, each as a frame that is not labelled yet; what is refused is told. */
async function keep(files: File[], report: Report): Promise<void> {
  for (const [sent, file] of files.entries()) {
    if (halted) throw new ApiError(0, w.stopped);
    way.value = { share: sent / files.length, text: w.sent(sent / files.length) };
    const query = new URLSearchParams({ name: file.name, modified: new Date(file.lastModified).toISOString() });
    let answer: Response;
    try {
      answer = await fetch(`${HOME}api/v1/frames?${query}`, { method: 'POST', body: file });
    } catch {
      throw new ApiError(0, w.brokenOff);
    }
    const { status } = answer;
    if (status === 200) report.already += 1;
    else if (answer.ok) {
      report.frames += 1;
      report.unlabelled += 1;
    } else {
      const refused = new ApiError(status, said(await answer.text(), status));
      // The device takes nothing more for now: the others would fare no better.
      if (!ofItself(refused)) throw refused;
      report.left_out.push({ kind: '', what: file.name, count: 1, examples: [refused.message] });
    }
    told(report, null);
  }
}

/** Brings a data set in. `others`: it is one of several files, and where it is refused they come in all the same. */
async function bring(file: File, choices: Choices, report: Report, others: boolean): Promise<void> {
  if (halted) throw new ApiError(0, w.stopped);
  try {
    sum(report, await followed(await sent(file, choices)));
  } catch (error) {
    if (!others || halted || !ofItself(error)) throw error;
    report.left_out.push({ kind: '', what: file.name, count: 1, examples: [(error as Error).message] });
  }
}

/** Sends a file, telling how far it is: `fetch` does not tell that of what goes up. */
function sent(file: File, choices: Choices): Promise<SetImport> {
  const { format, ...others } = choices;
  const query = new URLSearchParams({ ...others, ...(format && { format }) });
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => {
      way.value = { share: loaded / (total || 1), text: w.sent(loaded / (total || 1)) };
    };
    request.upload.onload = () => {
      way.value = { share: 0, text: w.reading };
    };
    request.onload = () => {
      const { status, responseText } = request;
      if (status === 202) done(JSON.parse(responseText));
      else failed(new ApiError(status, said(responseText, status)));
    };
    request.onerror = () => failed(new ApiError(0, w.brokenOff));
    request.onabort = () => failed(new ApiError(0, w.stopped));
    request.open('POST', `${HOME}api/v1/dataset?${query}`);
    request.setRequestHeader('content-type', 'application/zip');
    request.setRequestHeader('prefer', 'respond-async');
    request.send(file);
    stop = () => {
      halted = true;
      request.abort();
    };
  });
}

/** What came of a data set that is there; the device is asked until it is over, however often the connection breaks. */
async function followed({ id }: SetImport): Promise<Report> {
  const params = { path: { id } };
  stop = () => {
    halted = true;
    void ok(device.DELETE('/api/v1/dataset/imports/{id}', { params })).catch(say);
  };
  for (;;) {
    const now = await ok(device.GET('/api/v1/dataset/imports/{id}', { params })).catch((error) => {
      if (!silence(error)) throw error;
    });
    if (now?.report) return now.report;
    // The device was asked, and refused: as if it had said so at once.
    if (now && now.state !== 'running') throw new ApiError(now.state === 'failed' ? 422 : 0, ofDevice(now.error ?? ''));
    if (now) way.value = { share: now.done / (now.of || 1), text: w.reading };
    await new Promise((done) => setTimeout(done, ASK));
  }
}

/** What the device is at, or did last, whoever sent it: shown again where the page was loaded anew meanwhile. */
export async function look(): Promise<void> {
  const [newest] = (await ok(device.GET('/api/v1/dataset/imports', {}))).items;
  if (!newest || way.peek() || newest.begun <= (outcome.peek()?.at ?? '')) return;
  if (newest.state !== 'running') {
    outcome.value = ended(newest);
    return;
  }
  halted = false;
  const report = empty();
  way.value = { share: newest.done / (newest.of || 1), text: w.reading };
  try {
    sum(report, await followed(newest));
    told(report);
  } catch (error) {
    told(report, error);
  }
  way.value = null;
}

const ended = ({ begun, report, error }: SetImport): Outcome => ({
  at: begun,
  report: report ?? empty(),
  error: error ? ofDevice(error) : null,
});
