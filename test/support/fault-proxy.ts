import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** What can happen to an answer on its way. All but the first two still say 200 and end as they should. */
export const faults = ['unavailable', 'unauthorized', 'html', 'cutAtLine', 'cutInLine', 'cutConnection', 'expired', 'duplicatedLine', 'stall'] as const;
export type Fault = (typeof faults)[number];

type Rewritten = string | number | undefined;

export interface FaultProxy {
  readonly url: string;
  /** How often each fault was put in. */
  readonly counts: Record<Fault, number>;
  /** Whether answers are spoilt: of each kind of request, some meet each fault in its turn; after that, some by chance. */
  isSpoiling: boolean;
  /** While true, all answers are 503. */
  isDown: () => boolean;
  /** Changes an answer, whatever the chance; a number is a status without more, 0 a lost connection; undefined leaves it as it is. */
  rewrite: ((path: string, body: string, asked: string) => Rewritten | Promise<Rewritten>) | undefined;
  /** The path under which Rucio is asked, as front ends may change it. */
  pathTo: (path: string) => string;
  close(): Promise<void>;
}

const HTML = '<html><body>We are back soon.</body></html>';

/** What still looks whole comes first and again: a fault that shows has the answers to other requests of its batch thrown away, spoilt ones too. */
const plan: readonly Fault[] = ['cutAtLine', 'duplicatedLine', 'cutAtLine', 'duplicatedLine', ...faults];
/** After its plan, so many answers of a kind of request are spoilt. */
const CHANCE = 0.03;

function kindOf(path: string, asked: string): string {
  return path.replace(/^(\/dids\/)[^/]+\/.*?(\/dids|\/files|\/parents)?(\?.*)?$/, '$1…$2').replace(/^(\/rses\/|\/rules\/)[^/?]+/, '$1…').replace(/\?.*/, '') + (/"plugin":"(\w+)"/.exec(asked)?.[1] ?? '');
}

/** A proxy before Rucio that spoils answers; logins get through. */
export async function faultProxy(target: string, random: () => number): Promise<FaultProxy> {
  const counts = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;
  const expired = new Set<unknown>();
  const met = new Map<string, number>();

  function spoilt(method: string, path: string, asked: string): Fault | undefined {
    if (!proxy.isSpoiling) return undefined;
    const kind = kindOf(path, asked);
    const turn = met.get(kind) ?? 0;
    met.set(kind, turn + 1);
    // Lists must be read twice alike, so two in a row get through.
    const every = method === 'POST' ? 2 : 3;
    if (turn < plan.length * every) return turn % every === 0 ? plan[turn / every] : undefined;
    return random() < CHANCE ? faults[Math.floor(random() * faults.length)] : undefined;
  }

  const server = createServer((incoming, answer) => {
    forward(incoming, answer).catch(() => answer.destroy());
  });

  async function forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    let asked = '';
    for await (const chunk of incoming) asked += chunk;
    const { host: _, connection: _c, 'content-length': _l, 'transfer-encoding': _t, ...headers } = incoming.headers;
    const got = await request(target + proxy.pathTo(incoming.url!), { method: incoming.method as 'GET', headers: headers as IncomingHttpHeaders, body: asked === '' ? null : asked });
    let body = await got.body.text();
    const isLogin = incoming.url!.startsWith('/auth');
    const fault = proxy.isDown() ? 'unavailable' : isLogin ? undefined : expired.has(headers['x-rucio-auth-token']) ? 'unauthorized' : spoilt(incoming.method!, incoming.url!, asked);
    if (fault) counts[fault] += 1;
    // Rucio gives the same token again as long as it is good.
    if (isLogin) expired.clear();
    if (fault === 'expired') expired.add(headers['x-rucio-auth-token']);
    const rewritten = await proxy.rewrite?.(incoming.url!, body, asked) ?? body;
    if (rewritten === 0) {
      answer.destroy();
      return;
    }
    if (typeof rewritten === 'number') {
      answer.writeHead(rewritten, { 'content-type': 'text/html' }).end('Internal error');
      return;
    }
    body = rewritten;
    const { 'content-length': _g, 'transfer-encoding': _h, connection: _k, ...kept } = got.headers;
    const lines = body.split('\n').filter((line) => line !== '');
    // In the first half, so that much is lost.
    const at = Math.floor(random() * lines.length / 2);
    switch (fault) {
      case 'unavailable': answer.writeHead(503, kept).end('Try again.'); return;
      case 'unauthorized': answer.writeHead(401, { ...kept, ExceptionClass: 'CannotAuthenticate' }).end('{"ExceptionClass":"CannotAuthenticate","ExceptionMessage":"expired"}'); return;
      case 'html': answer.writeHead(200, { ...kept, 'content-type': 'text/html' }).end(HTML); return;
      // Without a line feed it is one value, which no cut leaves whole.
      case 'cutAtLine': answer.writeHead(got.statusCode, kept).end(body.includes('\n') ? lines.slice(0, at).map((line) => `${line}\n`).join('') : body.slice(0, -1)); return;
      case 'cutInLine': answer.writeHead(got.statusCode, kept).end(body.slice(0, Math.floor(random() * body.length))); return;
      // In the middle of a page; its token is refused until the next login.
      case 'expired':
      case 'cutConnection':
        answer.writeHead(got.statusCode, kept).write(body.slice(0, Math.floor(random() * body.length)));
        await sleep(1);
        answer.destroy();
        return;
      case 'duplicatedLine': answer.writeHead(got.statusCode, kept).end(body.includes('\n') ? [...lines.slice(0, at + 1), ...lines.slice(at)].map((line) => `${line}\n`).join('') : body); return;
      case 'stall':
        answer.writeHead(got.statusCode, kept).write(body.slice(0, Math.floor(body.length / 2)));
        await sleep(300);
        answer.end(body.slice(Math.floor(body.length / 2)));
        return;
      case undefined: answer.writeHead(got.statusCode, kept).end(body);
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts, isSpoiling: false, isDown: () => false, rewrite: undefined, pathTo: (path) => path,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}
