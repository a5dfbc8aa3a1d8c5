import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from './processes.js';

export interface Control { readonly url: string; close(): void }

/**
 * A door for tests in other processes: POST <url>/stop/<service> and <url>/start/<service> answer 204 when it is done.
 * The URL holds a secret, so that no web page can guess it.
 */
export async function openControl(services: ReadonlyMap<string, Service>): Promise<Control> {
  const secret = randomBytes(18).toString('base64url');
  const server = createServer((request, response) => {
    const [, given, action, name] = (request.url ?? '').split('/');
    const service = services.get(name ?? '');
    if (request.method !== 'POST' || given !== secret || !service || (action !== 'start' && action !== 'stop')) {
      response.writeHead(404).end();
      return;
    }
    service[action]().then(() => { response.writeHead(204).end(); }, (error: unknown) => { response.writeHead(500).end(String(error)); });
  });
  await new Promise<void>((done, fail) => { server.once('error', fail).listen(0, '127.0.0.1', done); });
  server.unref();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`, close: () => { server.close(); server.closeAllConnections(); } };
}
