import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DipperError } from '../errors.js';
import { headers, requestId } from './head.js';
import { refuse } from './refuse.js';

export interface BusyOptions {
  /** Requests under way, whatever they wait for; more are refused. */
  readonly most: number;
  /** Connections to the mirror: what is at work is bounded by them. */
  readonly connections: number;
  readonly log: Logger;
}

export interface Busy {
  /** How many requests there are. */
  underWay(): number;
  /** The same listener, but what is refused costs next to nothing: in a flood the refusals alone would keep dipper from its work. */
  gate(listener: RequestListener): RequestListener;
}

/** Requests at work by connections to the mirror, from which on a crowd is one; and those that are enough to keep one process busy, so that each is answered soon. */
const CALM = 2;
const FLOOD = 0.5;
/** A crowd of requests that came at once is served; one that is still there after so long is too much. */
const CROWD_MS = 250;
/** Where there was too much a moment ago, no crowd is waited for. */
const CALM_MS = 1_000;
/** A request whose body, or whose sender's proof, is not there after so long takes no place until it is. */
const SLOW_MS = 100;
const PATH = '/graphql';

/** `away` counts what it waits for; `late` runs until it has come whole. */
interface Presence { isAtWork: boolean; away: number; late: NodeJS.Timeout | undefined }
interface Counts { working: number }
const presences = new WeakMap<FastifyRequest, { readonly presence: Presence; readonly counts: Counts }>();

/** While a request waits for others, such as Rucio, it takes nobody's place. */
export async function away<T>(request: FastifyRequest, work: Promise<T>): Promise<T> {
  const found = presences.get(request);
  if (!found?.presence.isAtWork) return work;
  const { presence, counts } = found;
  if (presence.away++ === 0) counts.working -= 1;
  try {
    return await work;
  } finally {
    if (--presence.away === 0 && presence.isAtWork) counts.working += 1;
  }
}

const tooMuch = () => new DipperError('UNAVAILABLE', 'dipper has as much to do as it can. Try again in a moment.');
const RETRY_AFTER = { 'retry-after': '1' };

/** Refuses at once what dipper cannot do, so that what it does stays fast. */
export function boundRequests(app: FastifyInstance, { most, connections, log }: BusyOptions): Busy {
  const counts: Counts = { working: 0 };
  let [underWay, refusals] = [0, 0];
  let [crowdedAt, refusedAt]: [number | undefined, number] = [undefined, -Infinity];

  function isFull(): boolean {
    const now = performance.now();
    const isCalm = now - refusedAt >= CALM_MS;
    if (counts.working < (isCalm ? CALM : FLOOD) * connections) crowdedAt = undefined;
    else crowdedAt ??= now;
    const isFull = underWay >= most || (crowdedAt !== undefined && (!isCalm || now - crowdedAt > CROWD_MS));
    if (isFull) note(now);
    return isFull;
  }
  function note(now: number): void {
    refusedAt = now;
    // A line for each would be one more flood.
    if (refusals++ === 0) setTimeout(() => { log.warn({ refused: refusals }, 'more requests than can be answered'); refusals = 0; }, 1000).unref();
  }

  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.isForAll) return;
    if (isFull()) return refuse(reply.headers(RETRY_AFTER), tooMuch());
    underWay += 1;
    counts.working += 1;
    const presence: Presence = { isAtWork: true, away: 0, late: setTimeout(() => {
      presence.late = undefined;
      presence.away += 1;
      counts.working -= 1;
    }, SLOW_MS) };
    presences.set(request, { presence, counts });
    reply.raw.once('close', () => {
      underWay -= 1;
      clearTimeout(presence.late);
      if (presence.isAtWork && presence.away === 0) counts.working -= 1;
      presence.isAtWork = false;
    });
  });
  app.addHook('preValidation', async (request, reply) => {
    const presence = presences.get(request)?.presence;
    if (!presence) return;
    clearTimeout(presence.late);
    if (presence.away === 0) return;
    if (isFull()) return refuse(reply.headers(RETRY_AFTER), tooMuch());
    presence.away -= 1;
    counts.working += 1;
  });

  const { code, message, status, retryable } = tooMuch();
  const body = JSON.stringify({ errors: [{ message, extensions: { code, retryable } }] });
  const head = { ...headers, ...RETRY_AFTER, 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) };
  const answer = (request: IncomingMessage, response: ServerResponse) => { response.writeHead(status, { ...head, 'x-request-id': requestId(request) }).end(body); };
  return {
    underWay: () => underWay,
    gate: (listener) => (request, response) => {
      if (request.url?.startsWith(PATH) && isFull()) answer(request, response);
      else listener(request, response);
    },
  };
}
