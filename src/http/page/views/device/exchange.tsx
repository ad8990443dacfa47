// Data sets out and in.
import { useRef, useState } from 'preact/hooks';
import { ApiError, HOME } from '../../api/client';
import type { components } from '../../api/schema';
import { hush, say } from '../../shell/banner';
import { words } from '../../words';
import { bytes } from '../../words/format';
import { more } from '../../words/more';

const w = more.exchange;
type Report = components['schemas']['ImportReport'];

interface Progress {
  sent: number;
  total: number;
}

/** Sends a file, telling how far it is: `fetch` does not tell that of what goes up. */
function send(file: File, told: (progress: Progress) => void, started: (stop: () => void) => void): Promise<Report> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => told({ sent: loaded, total });
    request.onload = () => {
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // the status says enough
      }
      if (request.status === 200) done(body as Report);
      else {
        const detail = (body as { detail?: string } | null)?.detail;
        failed(new ApiError(request.status, detail ?? words.answered(request.status)));
      }
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

export function Exchange() {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const stop = useRef<() => void>(() => {});
  const take = async (file: File | undefined) => {
    if (!file) return;
    hush();
    setReport(null);
    setProgress({ sent: 0, total: file.size });
    try {
      setReport(
        await send(file, setProgress, (halt) => {
          stop.current = halt;
        }),
      );
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
          {(['coco', 'yolo'] as const).map((format) => (
            <a key={format} class="button grow" download href={`api/v1/dataset.zip?format=${format}`}>
              {w.formats[format]}
            </a>
          ))}
        </div>
        <p class="state">{w.in}</p>
        {progress ? (
          <>
            <progress max={progress.total || 1} value={progress.sent} aria-label={w.sending} />
            <p class="state" role="status">
              {progress.sent < progress.total ? w.sent(bytes(progress.sent), bytes(progress.total)) : w.reading}
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
              accept=".zip,application/zip"
              onChange={(event) => void take(event.currentTarget.files?.[0])}
            />
          </label>
        )}
        {report && <Told report={report} />}
      </div>
    </>
  );
}

function Told({ report }: { report: Report }) {
  return (
    <div id="import-report" role="status">
      <p>
        {report.frames || report.labels || report.categories
          ? w.taken(report.frames, report.labels, report.categories)
          : w.nothingNew}
      </p>
      {report.skipped.length > 0 && (
        <details>
          <summary>{w.skipped(report.skipped.length)}</summary>
          <ul>
            {report.skipped.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
