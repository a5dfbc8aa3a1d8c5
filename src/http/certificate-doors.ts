import { constants } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, rm } from 'node:fs/promises';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateRules } from '../domain/access/certificate-rules.js';
import type { ProxyDoor } from '../auth/certificate/shown-certificates.js';
import { DipperError } from '../errors.js';
import { SLOWEST_REQUEST_SECONDS } from './bodies.js';
import { answerBrokenHttp } from './broken-http.js';

export interface CertificateDoorsOptions {
  readonly rules: CertificateRules;
  /** Learns which connections came by the proxy's socket. */
  readonly proxy: ProxyDoor;
  readonly timeoutSeconds: number;
  readonly maxHeaderSize: number;
}

/** The doors beside dipper's port: the reverse proxy's socket, and a port with TLS. */
export interface CertificateDoors {
  open(answer: RequestListener): Promise<void>;
  /** Lets nobody in any more, and waits for answers under way. */
  close(): Promise<void>;
}

const HANDSHAKE_MS = 10_000;

export function createCertificateDoors({ rules: { proxySocket, listen }, proxy, timeoutSeconds, maxHeaderSize }: CertificateDoorsOptions): CertificateDoors {
  const servers: Server[] = [];
  const slowest = Math.min(timeoutSeconds, SLOWEST_REQUEST_SECONDS) * 1000;
  const times = { requestTimeout: slowest, headersTimeout: slowest, connectionsCheckingInterval: 1000, maxHeaderSize, keepAliveTimeout: 72_000 };

  return {
    async open(answer) {
      if (proxySocket !== undefined) {
        await removeLeftover(proxySocket);
        const server = createHttp(times, answer).on('clientError', answerBrokenHttp);
        server.on('connection', (socket: Socket) => proxy.sockets.add(socket));
        servers.push(server);
        server.listen({ path: proxySocket });
        await once(server, 'listening');
        await chmod(proxySocket, 0o660); // whoever may write to it is believed
      }
      if (listen) {
        const [cert, key] = await Promise.all([listen.certificate, listen.key].map((path) => readFile(path).catch((cause: unknown) => {
          throw new DipperError('INTERNAL', `The access file's certificates.listen names ${path}, which cannot be read.`, { cause });
        })));
        const server = createHttps({
          ...times, cert, key, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS,
          // OpenSSL refuses proxies in a handshake: whoever holds the key may come in, and the chain is verified before anything is answered.
          requestCert: true, rejectUnauthorized: false,
          // A session that is resumed, or negotiated anew, would have another chain than was verified.
          secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
        }, answer).on('clientError', answerBrokenHttp);
        servers.push(server);
        server.listen({ host: listen.host, port: listen.port });
        await once(server, 'listening');
      }
    },
    async close() {
      await Promise.all(servers.splice(0).map(closeServer));
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // A connection whose answer ends now is idle only after that.
  while (await Promise.race([closed.then(() => false), sleep(50, true)])) server.closeIdleConnections();
}

/** A process that was killed leaves its socket; one that lives answers on it. */
async function removeLeftover(path: string): Promise<void> {
  const socket = connect(path);
  const isAnswered = await once(socket, 'connect').then(() => true, (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw new DipperError('INTERNAL', `The proxy's socket ${path} cannot be used: ${error.code}.`);
    return false;
  });
  socket.destroy();
  if (isAnswered) throw new DipperError('INTERNAL', `Another process listens on the proxy's socket ${path}.`);
  await rm(path, { force: true });
}
