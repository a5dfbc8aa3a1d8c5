import { TextDecoder } from 'node:util';
import { errors } from 'undici';
import { DipperError } from '../../errors.js';
import type { Response } from './exchange.js';
import { parseJson } from './json.js';
import { RucioException } from './rucio-error.js';

const MAX_JSON = 16 * 1024 * 1024;
const MAX_ERROR = 64 * 1024;

/** The pieces of an answer, with errors on the way named; a proxy's page with status 200 is no answer. */
export async function* chunksOf(response: Response, signal?: AbortSignal, mayBeHtml = false): AsyncGenerator<Uint8Array> {
  try {
    if (!mayBeHtml && /^text\/html/i.test(String(response.headers['content-type']))) throw notRucio();
    yield* response.body as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof DipperError) throw cause;
    if (cause instanceof errors.BodyTimeoutError) throw new DipperError('TIMEOUT', "Rucio's answer did not go on in time.", { cause });
    throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer broke off.", { cause });
  } finally {
    close(response);
  }
}

/** What an answer that is not 2xx says. */
export async function exceptionOf(response: Response): Promise<RucioException> {
  const text = await readText(response.body as AsyncIterable<Uint8Array>, MAX_ERROR).catch(() => '').finally(() => close(response));
  const header = response.headers['exceptionclass'];
  const told = /"ExceptionClass": ?"(\w+)"/.exec(text)?.[1];
  return new RucioException(response.statusCode, typeof header === 'string' ? header : told ?? '', text.slice(0, 1000));
}

/** The one JSON value that the answer is. Rucio calls what it answers to some writes `text/html`. */
export async function readJson(response: Response, { signal, isCalledHtml = false }: { signal?: AbortSignal | undefined; isCalledHtml?: boolean } = {}): Promise<unknown> {
  const text = await readText(chunksOf(response, signal, isCalledHtml), MAX_JSON);
  try {
    return parseJson(text);
  } catch (cause) {
    throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer broke off.", { cause });
  }
}

async function readText(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > limit) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio sent an answer that is too long.');
  }
  return text + decoder.decode();
}

/** Lets go of an answer; where it was not read to the end, that closes the connection and frees Rucio's worker. */
export function close({ body }: Response): void {
  body.on('error', () => undefined).destroy();
}

export function notRucio(): DipperError {
  return new DipperError('UPSTREAM_UNAVAILABLE', 'What answers in the place of Rucio is not Rucio.');
}
