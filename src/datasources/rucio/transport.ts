import { DipperError } from '../../errors.js';
import type { Call, Exchange, Response } from './exchange.js';
import { chunksOf, close, exceptionOf, notRucio, readJson } from './answer.js';
import { logIn, type Login } from './log-in.js';
import { readNdjson } from './ndjson.js';
import { errorOf } from './rucio-error.js';
import { createSession } from './session.js';

/** Asks Rucio with a token that renews itself. All throw UPSTREAM_UNAVAILABLE, UPSTREAM_TRUNCATED, TIMEOUT or what Rucio's refusal means. */
export interface Transport {
  /** One JSON value. */
  json(call: Call): Promise<unknown>;
  /** When Rucio answered, by its own clock, in whole seconds. */
  moment(call: Call): Promise<Date>;
  /** The values of a stream of lines; leaving the loop early closes the connection. */
  records(call: Call): AsyncGenerator<unknown>;
}

export function createTransport(exchange: Exchange, login: Login): Transport {
  const session = createSession(() => logIn(exchange, login, (cause) => new DipperError('UPSTREAM_UNAVAILABLE', "Rucio does not accept dipper's own login.", { cause })));

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
      return readJson(await open(call), call);
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
