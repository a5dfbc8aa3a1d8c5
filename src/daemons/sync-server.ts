import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface SyncServer {
  readonly url: string;
  close(): Promise<void>;
}

/** /metrics for Prometheus and /healthz, which says that the process lives; standing by is no illness. Rejects where the port is taken. */
export async function openSyncServer({ host, port }: { host: string; port: number }, registry: Registry): Promise<SyncServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => { response.writeHead(status, { 'content-type': type }).end(body); };
    const path = request.url?.split('?')[0];
    if (path === '/healthz') answer(200, 'application/json; charset=utf-8', '{"status":"ok"}');
    else if (path === '/metrics') void registry.metrics().then((text) => { answer(200, registry.contentType, text); }, () => { answer(500, 'text/plain', ''); });
    else answer(404, 'application/json; charset=utf-8', '{"message":"There is nothing here but /metrics and /healthz."}');
  });
  await new Promise<void>((done, fail) => { server.once('error', fail).listen({ host, port }, done); });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`,
    close: () => new Promise((done) => {
      server.close(() => { done(); });
      server.closeAllConnections();
    }),
  };
}
