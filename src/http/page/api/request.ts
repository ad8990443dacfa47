// Requests in the manner of openapi-fetch, whose types they have: of its many ways only those that are used here, in a fifth
// of its size, which every view has to load.
import type { Client } from 'openapi-fetch';

interface Init {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> };
  body?: unknown;
  parseAs?: 'json' | 'blob' | 'text' | 'stream';
  fetch?: (request: Request) => Promise<Response>;
  headers?: HeadersInit;
  signal?: AbortSignal;
}

function addressOf(path: string, { path: parts = {}, query = {} }: NonNullable<Init['params']>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(parts[name])));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one != null) asked.append(name, String(one));
  }
  return asked.size ? `${filled}?${asked}` : filled;
}

/** Asks below `base`; `ask` sends a request, unless one says otherwise. */
export function requests<Paths extends object>(base: string, ask: (request: Request) => Promise<Response>) {
  const by =
    (method: string) =>
    async (path: string, { params = {}, body, parseAs = 'json', fetch = ask, ...rest }: Init = {}) => {
      const headers = new Headers(rest.headers);
      const plain = body === undefined || body instanceof Blob || body instanceof FormData;
      if (!plain && !headers.has('content-type')) headers.set('content-type', 'application/json');
      const request = new Request(new URL(base + addressOf(path, params), location.href), {
        ...rest,
        method,
        headers,
        ...(body !== undefined && { body: plain ? (body as Blob) : JSON.stringify(body) }),
      });
      const response = await fetch(request);
      if (!response.ok) {
        const text = await response.text();
        try {
          return { error: JSON.parse(text), response };
        } catch {
          return { error: text, response };
        }
      }
      const none = response.status === 204 || response.headers.get('content-length') === '0';
      return { data: none ? undefined : parseAs === 'stream' ? response.body : await response[parseAs](), response };
    };
  const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;
  return Object.fromEntries(methods.map((method) => [method, by(method)])) as unknown as Pick<
    Client<Paths>,
    (typeof methods)[number]
  >;
}
