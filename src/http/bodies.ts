import type { FastifyInstance } from 'fastify';
import { DipperError } from '../errors.js';

/** A whole request has come by then, in seconds. */
export const SLOWEST_REQUEST_SECONDS = 15;

/** Types that a page of another site can send without asking first. */
const simple = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)/i;

/** Lets in JSON as it is: nothing is unpacked, and nothing is read that a form of another site could send. */
export function readJsonAlone(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async ({ headers, is404, url, host }) => {
    if (is404) return;
    // Whoever makes an address of it would fail.
    if (!URL.canParse(url, `http://${host}`)) throw Object.assign(new Error('The header host, or the path, is none.'), { statusCode: 400 });
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw Object.assign(new Error('Send the body as it is: no content-encoding is taken.'), { statusCode: 415 });
    if (simple.test(headers['content-type'] ?? '')) throw new DipperError('BAD_USER_INPUT', 'Send the body as application/json.');
  });
}
