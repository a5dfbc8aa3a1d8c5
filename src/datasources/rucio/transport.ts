import { TextDecoder } from 'node:util';
import { errors } from 'undici';
import { DipperError } from '../../errors.js';
import type { Call, Exchange, Response } from './exchange.js';
import { parseJson } from './json.js';
import { readNdjson } from './ndjson.js';
import { errorOf, RucioException } from './rucio-error.js';
import { createSession, type Token } from './session.js';

export interface Login {
  account: string;
  username: string;
  password: string;
}

/** Asks Rucio with a token that renews itself. All throw UPSTREAM_UNAVAILABLE, UPSTREAM_TRUNCATED, TIMEOUT or what Rucio's refusal means. */
export interface Transport {
  /** One JSON value. */
  json(call: Call): Promise<unknown>;
  /** When Rucio answered, by its own clock, in whole seconds. */
  moment(call: Call): Promise<Date>;
  /** The values of a stream of lines; leaving the loop early closes the connection. */
  records(call: Call): AsyncGenerator<unknown>;
}

const MAX_JSON = 16 * 1024 * 1024;
const MAX_ERROR = 64 * 1024;

export function createTransport(exchange: Exchange, login: Login): Transport {
  const session = createSession(() => logIn(exchange, login));

  async function open(call: Call): Promise<Response> {
    for (let fresh = false; ; fresh = true) {
      const token = await session.token(call.signal);
      const response = await exchange.send(call, { 'x-rucio-auth-token': token, accept: 'application/x-json-stream, application/json' });
      if (response.statusCode < 300) return response;
      const exception = await exceptionOf(response);
      // AccessDenied comes with 401 too, and no other token would help there.
      if (response.statusCode !== 401 || exception.exceptionClass === 'AccessDenied') throw errorOf(exception);
      session.forget(token);
      if (fresh) throw new DipperError('UPSTREAM_UNAVAILABLE', "Rucio does not accept dipper's own login.", { cause: exception });
    }
  }

  return {
    async json(call) {
      const response = await open(call);
      const text = await readText(chunksOf(response, call.signal), MAX_JSON);
      try {
        return parseJson(text);
      } catch (cause) {
        throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer broke off.", { cause });
      }
    },
    async moment(call) {
      const response = await open(call);
      close(response);
      const date = new Date(String(response.headers['date']));
      if (Number.isNaN(date.getTime())) throw notRucio();
      return date;
    },
    async *records(call) {
      yield* readNdjson(chunksOf(await open(call), call.signal), undefined, call.parse);
    },
  };
}

async function logIn(exchange: Exchange, { account, username, password }: Login): Promise<Token> {
  const response = await exchange.send({ method: 'GET', path: '/auth/userpass' }, {
    'x-rucio-account': account, 'x-rucio-username': username, 'x-rucio-password': password,
  });
  if (response.statusCode === 401) throw new DipperError('UPSTREAM_UNAVAILABLE', "Rucio does not accept dipper's own login.", { cause: await exceptionOf(response) });
  if (response.statusCode >= 300) throw errorOf(await exceptionOf(response));
  close(response);
  const value = response.headers['x-rucio-auth-token'];
  const expires = Date.parse(String(response.headers['x-rucio-auth-token-expires']));
  if (typeof value !== 'string' || Number.isNaN(expires)) throw notRucio();
  return { value, expires };
}

/** The pieces of an answer, with errors on the way named; a proxy's page with status 200 is no answer. */
async function* chunksOf(response: Response, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    if (/^text\/html/i.test(String(response.headers['content-type']))) throw notRucio();
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

async function exceptionOf(response: Response): Promise<RucioException> {
  const text = await readText(response.body as AsyncIterable<Uint8Array>, MAX_ERROR).catch(() => '').finally(() => close(response));
  const header = response.headers['exceptionclass'];
  const told = /"ExceptionClass": ?"(\w+)"/.exec(text)?.[1];
  return new RucioException(response.statusCode, typeof header === 'string' ? header : told ?? '', text.slice(0, 1000));
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
function close({ body }: Response): void {
  body.on('error', () => undefined).destroy();
}

function notRucio(): DipperError {
  return new DipperError('UPSTREAM_UNAVAILABLE', 'What answers in the place of Rucio is not Rucio.');
}
