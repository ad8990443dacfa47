// Data sets out and in.
import { useRef, useState } from 'preact/hooks';
import { ApiError, HOME } from '../../api/client';
import type { components } from '../../api/schema';
import { hush, say } from '../../shell/banner';
import { words } from '../../words';
import { ofDevice } from '../../words/device';
import { more } from '../../words/more';

const w = more.exchange;
type Report = components['schemas']['ImportReport'];

interface Progress {
  sent: number;
  total: number;
}

/** What an answer says is wrong. */
function said(body: string, status: number): string {
  try {
    return ofDevice(JSON.parse(body).detail);
  } catch {
    return words.answered(status);
  }
}

/** Sends a file, telling how far it is: `fetch` does not tell that of what goes up. */
function send(file: File, told: (progress: Progress) => void, started: (stop: () => void) => void): Promise<Report> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => told({ sent: loaded, total });
    request.onload = () => {
      const { status, responseText } = request;
      if (status === 200) done(JSON.parse(responseText));
      else failed(new ApiError(status, said(responseText, status)));
    };
    // Nothing says later what became of it: that is said here.
    request.onerror = () => failed(new Error(w.brokenOff));
    request.onabort = () => failed(new ApiError(0, w.stopped));
    request.open('POST', `${HOME}api/v1/dataset`);
    request.setRequestHeader('content-type', 'application/zip');
    request.send(file);
    started(() => request.abort());
  });
}

/** Stores pictures one after the other, each as a frame that is not labelled yet; what is refused is told. */
async function keep(files: File[], told: (progress: Progress) => void, going: () => boolean): Promise<Report> {
  const report: Report = { frames: 0, labels: 0, categories: 0, already: 0, unlabelled: 0, left_out: [], notes: [] };
  for (const [sent, file] of files.entries()) {
    if (!going()) throw new ApiError(0, w.stopped);
    told({ sent, total: files.length });
    const query = new URLSearchParams({ name: file.name, taken: new Date(file.lastModified).toISOString() });
    const answer = await fetch(`${HOME}api/v1/frames?${query}`, { method: 'POST', body: file });
    if (answer.ok) {
      report.frames++;
      report.unlabelled++;
      continue;
    }
    const { status } = answer;
    const why = said(await answer.text(), status);
    // The device takes nothing more for now: the others would fare no better.
    if (![413, 415, 422].includes(status)) throw new ApiError(status, why);
    report.left_out.push({ kind: '', what: file.name, count: 1, examples: [why] });
  }
  return report;
}

export function Exchange() {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const stop = useRef<() => void>(() => {});
  const take = async (files: File[]) => {
    const [file] = files;
    if (!file) return;
    hush();
    setReport(null);
    setProgress({ sent: 0, total: 1 });
    const pictures = files.filter((one) => one.type.startsWith('image/'));
    let going = true;
    const halts = (halt: () => void) => {
      stop.current = halt;
    };
    halts(() => {
      going = false;
    });
    try {
      setReport(await (pictures.length ? keep(pictures, setProgress, () => going) : send(file, setProgress, halts)));
    } catch (error) {
      say(error);
    }
    setProgress(null);
  };
  return (
    <>
      <h2>{w.title}</h2>
      <div class="card" id="exchange">
        <p class="state">{w.out}</p>
        <div class="row">
          {['coco', 'yolo', 'voc'].map((format) => (
            <a key={format} class="button grow" download href={`api/v1/dataset.zip?format=${format}`}>
              {format.toUpperCase()}
            </a>
          ))}
        </div>
        <p class="state">{w.in}</p>
        {progress ? (
          <>
            <progress max={progress.total || 1} value={progress.sent} aria-label={w.sending} />
            <p class="state" role="status">
              {progress.sent < progress.total ? w.sent(progress.sent / progress.total) : w.reading}
            </p>
            <div class="row">
              <button type="button" onClick={() => stop.current()}>
                {words.cancel}
              </button>
            </div>
          </>
        ) : (
          <label class="button full file">
            {w.choose}
            <input
              type="file"
              id="import-file"
              accept=".zip,application/zip,image/*"
              multiple
              onChange={(event) => void take([...(event.currentTarget.files ?? [])])}
            />
          </label>
        )}
        <div class="row">
          <a class="button grow" href="#/clips">
            {w.films}
          </a>
        </div>
        {report && <Told report={report} />}
      </div>
    </>
  );
}

function Told({ report }: { report: Report }) {
  const { frames, labels, categories } = report;
  return (
    <div id="import-report" role="status">
      <p>{frames || labels || categories ? w.taken(frames, labels, categories) : w.nothingNew}</p>
      {report.unlabelled > 0 && <p>{w.unlabelled(report.unlabelled)}</p>}
      <ul>
        {[...report.left_out, ...report.notes].map(({ kind, what, count, examples }) => (
          <li key={what}>
            {count} × {w.kinds[kind]?.replace('{}', () => what.split('`')[1] ?? '') ?? what}:{' '}
            {examples.map(ofDevice).join('; ')}
            {count > examples.length && ' …'}
          </li>
        ))}
      </ul>
    </div>
  );
}
