// What first.ts has asked the device for before this page's files were here. Each answer is taken once, by who
// asks the same first.

/** Answers by address; of a small picture there is one only where it is worth it. */
export interface Early {
  readonly answers: Map<string, Promise<Response>>;
  /** Resolves once all of them are here, or are known not to come. */
  readonly over: Promise<unknown>;
}
declare global {
  var early: Early | undefined;
}

/** Pixels across of the picture that comes first on a slow link: a third of what a whole frame of VGA weighs. */
export const SMALL = 400;

/** For so long after the start an answer is as good as a new one, ms. */
const FRESH = 10_000;

/** Addresses that this page has asked for by itself: an early answer to one of them is an old one. */
const asked = new Set<string>();

/** The answer to `GET` of this address, if it was asked for before this page asks for the first time. */
export function taken(address: string): Promise<Response> | undefined {
  if (performance.now() >= FRESH || asked.has(address)) return undefined;
  asked.add(address);
  return globalThis.early?.answers.get(address);
}

/** Resolves once the link is free for what can wait. */
export const quiet = async (): Promise<unknown> => globalThis.early?.over;
