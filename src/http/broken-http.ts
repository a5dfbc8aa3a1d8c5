import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';

const statuses: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to come.'],
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too long."],
};

/** Answers what never becomes a request: slow, too long, or no HTTP at all. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Duplex & { destroySoon?: () => void }): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const [status, message] = statuses[error.code ?? ''] ?? [400, 'That is no HTTP.'];
    const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]!}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
  }
  if (socket.destroySoon) socket.destroySoon();
  else socket.destroy();
}
