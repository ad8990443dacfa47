// Asking the device. Every answer comes through `ok`, every failure as an `ApiError`.
import { words } from '../words';
import { ofDevice } from '../words/device';
import { taken } from './early';
import { tell } from './news';
import { requests } from './request';
import type { paths } from './schema';

/** The folder of the page: `/`, or `/cam7/` behind a proxy. */
export const HOME = new URL('./', location.href).pathname;

/** Milliseconds after which the device counts as silent. */
const PATIENCE = 4_000;

/** What the device refused, or that it did not answer (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
    /** Seconds until it may be asked again; 0 where nothing was said. */
    readonly wait = 0,
    /** What came with a refusal, such as the labels of now with a 409. */
    readonly problem: Record<string, unknown> = {},
  ) {
    super(detail);
  }

  /** Whether the same request may do later: no answer, a fault, too many at once, or access that can come back. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || [401, 403, 408, 429].includes(this.status);
  }
}

/** Nobody answered, or a proxy or a fleet server did, in the place of a device that is not there. */
const SILENT = [0, 502, 504];

/** Whether it failed because the device does not answer. */
export const silence = (error: unknown): boolean => error instanceof ApiError && SILENT.includes(error.status);

/** Seconds that a device may ask to be waited for, and how often. */
const LONGEST = 20;
const TIMES = 3;

const within = (patience: number) => async (request: Request) => {
  const early = request.method === 'GET' && taken(request.url);
  if (early) return early;
  // A clone would be sent as a stream.
  const body = request.body && (await request.arrayBuffer());
  for (let left = TIMES; ; left -= 1) {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(patience)]);
    const response = await fetch(new Request(request, { signal, ...(body && { body }) }));
    // It comes with 429 and 503 only.
    const wait = Number(response.headers.get('retry-after'));
    // What it asks for is not longer than somebody waits, or it is told.
    if (!wait || wait > LONGEST || !left) return response;
    await new Promise((done) => setTimeout(done, wait * 1000));
  }
};

/** For what takes the device some time: proposals, a capture, a data set. */
export const slowly = { fetch: within(30_000) };
/** For what may take it minutes. */
export const patiently = (ms: number) => ({ fetch: within(ms) });

/** The device, by the paths of its OpenAPI document. */
export const device = requests<paths>(HOME.replace(/\/$/, ''), within(PATIENCE));

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for. Rejects with an [`ApiError`]. */
export async function ok<T>(asked: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>;
  try {
    answered = await asked;
  } catch (error) {
    // What was given up here says nothing of the device.
    if ((error as Error).name !== 'AbortError') tell('silence');
    throw new ApiError(0, words.silent);
  }
  const { data, error, response } = answered;
  if (SILENT.includes(response.status)) tell('silence');
  // What the browser may have kept, pictures above all, says nothing of the device now.
  else if (!response.headers.get('cache-control')?.includes('max-age')) tell('answer');
  if (response.ok) return data as T;
  if (response.status === 401) tell('locked');
  // Then it is asked what one may do: there is nothing to learn from that being refused.
  if (response.status === 403 && !/\/(pair|me)$/.test(response.url)) tell('forbidden');
  const problem = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const detail = [problem.detail, problem.title].find((text): text is string => typeof text === 'string');
  const wait = Number(response.headers.get('retry-after')) || 0;
  throw new ApiError(
    response.status,
    detail === undefined ? words.answered(response.status) : ofDevice(detail),
    wait,
    problem,
  );
}

/** Where a frame's picture is. `width`: made smaller to so many pixels. */
export const pictureUrl = (frame: string, width?: number): string =>
  `${HOME}api/v1/frames/${frame}.jpg${width ? `?width=${width}` : ''}`;
