import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRucio, type Rucio, type RucioOptions } from '../../../../src/datasources/rucio/rucio.js';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Stub {
  rucio: Rucio;
  /** `<method> <path>` of each request that came in, logins too. */
  seen: string[];
  /** Answers from now on. */
  answer(handler: Handler): void;
  /** Stops listening, and drops what is open. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A server that takes any login and lets the test decide on all else, and a client of it. */
export async function stub(handler: Handler, options: Partial<RucioOptions> = {}): Promise<Stub> {
  let current = handler;
  let logins = 0;
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url !== '/auth/userpass') return current(request, response, body);
    logins += 1;
    response.writeHead(200, { 'X-Rucio-Auth-Token': `token-${logins}`, 'X-Rucio-Auth-Token-Expires': new Date(Date.now() + 3_600_000).toUTCString() }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const rucio = createRucio({ url: `http://127.0.0.1:${port}`, account: 'root', username: 'ddmlab', password: 'secret', timeoutMs: 500, restMs: 200, ...options });
  const stub: Stub = {
    rucio, seen,
    answer(next) { current = next; },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async start() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async close() {
      await rucio.close();
      if (server.listening) await stub.stop();
    },
  };
  return stub;
}

export const ndjson = { 'Content-Type': 'application/x-json-stream' };

/** A row of /replicas/list. */
export const fileRow = (name: string, more: object = {}) => `${JSON.stringify({
  scope: 'acada', name, bytes: 5, adler32: '00c0ffee', md5: null, pfns: {}, rses: { PIC: ['davs://pic/x'] }, states: { PIC: 'AVAILABLE', DESY: 'BAD' }, ...more,
})}\n`;

export async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}
