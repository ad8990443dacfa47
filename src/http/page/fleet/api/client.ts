// Asking the fleet server for what a device does not have.
import { device, ok, patiently } from '../../api/client';

interface Init {
  params?: { query?: Record<string, unknown> };
  body?: unknown;
  fetch?: (request: Request) => Promise<Response>;
  signal?: AbortSignal;
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Plain = Record<
  Method,
  (path: string, init: Init) => Promise<{ data?: unknown; error?: unknown; response: Response }>
>;

// The same way of asking; only the addresses are others than in a device's document.
const server = device as unknown as Plain;

interface More extends Omit<Init, 'params'> {
  query?: Record<string, unknown>;
}

/** What stands at `/api/v1/{path}`. Rejects with an `ApiError`. */
export const ask = <T>(method: Method, path: string, { query, ...rest }: More = {}): Promise<T> =>
  ok(server[method](`/api/v1/${path}`, { ...rest, ...(query && { params: { query } }) })) as Promise<T>;

/** For what waits for a device to answer through the broker, ms. */
export const THROUGH = 25_000;
export const through = patiently(THROUGH);

/** `devices/{id}`, and what lies below it. */
export const at = (id: string, below = ''): string => `devices/${encodeURIComponent(id)}${below}`;
