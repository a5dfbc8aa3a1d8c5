import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import { refused } from './refused.js';

const VERIFY = 'x-ssl-client-verify';
const CERTIFICATE = 'x-ssl-client-cert';
const MOST_CERTIFICATES = 12;

/** Marks what comes from the reverse proxy that terminates TLS: its headers alone count. */
export interface ProxyDoor { readonly sockets: WeakSet<Socket> }

const shownBySocket = new WeakMap<TLSSocket, readonly Buffer[]>();

/** The certificates (DER, newest first) that a request's sender has proved to hold the key of; none where it has shown none. */
export function shownCertificates({ socket, headersDistinct }: IncomingMessage, { sockets }: ProxyDoor): readonly Buffer[] {
  if (sockets.has(socket)) return fromHeaders(headersDistinct);
  const smuggled = Object.keys(headersDistinct).find((name) => name.startsWith('x-ssl-client-') || name.startsWith('x-voms-'));
  if (smuggled) throw refused(`The header ${smuggled} counts only from the reverse proxy.`);
  return socket instanceof TLSSocket ? fromTls(socket) : [];
}

function fromHeaders(headers: NodeJS.Dict<string[]>): readonly Buffer[] {
  const [verify = 'NONE', ...more] = headers[VERIFY] ?? [];
  const [certificate, ...others] = headers[CERTIFICATE] ?? [];
  if (more.length > 0 || others.length > 0) throw refused('The reverse proxy sent an identity header twice.');
  if (verify === 'NONE' && certificate === undefined) return [];
  if (verify !== 'SUCCESS' || certificate === undefined) throw refused('The certificate does not hold for the reverse proxy.');
  try {
    return [new X509Certificate(decodeURIComponent(certificate)).raw];
  } catch {
    throw refused('What the reverse proxy sent cannot be read as a certificate.');
  }
}

function fromTls(socket: TLSSocket): readonly Buffer[] {
  // A resumed session has no chain; the listener gives none out.
  if (socket.isSessionReused()) throw refused('Certificates are not taken from a resumed session.');
  const known = shownBySocket.get(socket); // it cannot change: there is no renegotiation
  if (known) return known;
  const shown: Buffer[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (; next?.raw && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    if (shown.length === MOST_CERTIFICATES) throw refused(`More than ${MOST_CERTIFICATES} certificates were shown.`);
    seen.add(next.fingerprint256);
    shown.push(next.raw);
  }
  shownBySocket.set(socket, shown);
  return shown;
}
