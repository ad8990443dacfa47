// Asking the fleet server for what a device does not have.
import type { Client } from 'openapi-fetch';
import { device, patiently } from '../../api/client';
import type { paths } from './schema';

/** The server, by the paths of its OpenAPI document. It is asked as a device is: only the addresses are others. */
export const server = device as unknown as Pick<Client<paths>, 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'>;

/** For what waits for a device to answer through the broker. */
export const through = patiently(25_000);

/** What an address of a device has in it. */
export const of = (id: string) => ({ params: { path: { id } } });
