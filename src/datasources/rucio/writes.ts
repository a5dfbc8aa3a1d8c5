import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { DipperError } from '../../errors.js';
import { close, exceptionOf, notRucio, readJson } from './answer.js';
import type { DidName } from './chunks.js';
import type { Call, Exchange } from './exchange.js';
import { logIn, type Login } from './log-in.js';
import { errorOf } from './rucio-error.js';
import { createSession, type Session } from './session.js';
import { id } from './wire.js';
import { answerLost, sendErrorOf, writeErrorOf } from './write-error.js';

/** How dipper shows Rucio for whom it writes: by the viewer's own token, or by logging in to the viewer's account with an identity that Rucio's operators have added to it. */
export type WayIn = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'account' };

/** For whom dipper writes. What Rucio allows is what it allows this account. */
export interface Actor {
  readonly account: string;
  /** Tried in this order; the next one only where Rucio does not take the one before, so that it has done nothing. */
  readonly ways: readonly WayIn[];
}

export interface NewRule {
  readonly dids: readonly DidName[];
  readonly copies: number;
  readonly rseExpression: string;
  readonly sourceReplicaExpression: string | null;
  readonly lifetimeSeconds: number | null;
  readonly activity: string | null;
  readonly comment: string | null;
}

export interface Writes {
  /** One rule a DID, all or none; gives Rucio's ids. They are the actor's own. */
  addRules(actor: Actor, rule: NewRule, signal: AbortSignal): Promise<string[]>;
  /** Gives what Rucio says of copies that it did not take. */
  declareBad(actor: Actor, declaration: { readonly rse: string; readonly dids: readonly DidName[]; readonly reason: string }, signal: AbortSignal): Promise<string[]>;
}

/** Most accounts whose logins are kept. */
const SESSIONS = 1000;

/** Writes to Rucio as somebody else than dipper. Nothing goes out twice: what is sent is waited for, whoever has gone meanwhile. */
export function createWrites(exchange: Exchange, identity: Omit<Login, 'account'>): Writes {
  const sessions = new LRUCache<string, Session>({ max: SESSIONS });
  const noWay = (account: string) => (cause: unknown) => new DipperError('FORBIDDEN', `Rucio does not let dipper act as the account ${account}. Its operators can change that.`, { cause });

  function sessionOf(account: string): Session {
    const session = sessions.get(account) ?? createSession(() => logIn(exchange, { account, ...identity }, noWay(account)));
    sessions.set(account, session);
    return session;
  }

  /** The answer, or undefined where Rucio does not take the token. */
  async function send(call: Call, token: string, account: string): Promise<{ readonly value: unknown } | undefined> {
    const response = await exchange.send({ ...call, once: true }, { 'x-rucio-auth-token': token, accept: 'application/json' }).catch((error: unknown) => { throw sendErrorOf(error); });
    if (response.statusCode < 300) return { value: await readJson(response, { isCalledHtml: true }).catch((cause: unknown) => { throw answerLost(cause); }) };
    const exception = await exceptionOf(response);
    if (response.statusCode === 401 && exception.exceptionClass !== 'AccessDenied') return undefined;
    throw writeErrorOf(exception, account);
  }

  /** The account that Rucio takes a viewer's own token for; undefined where it does not take it. */
  async function accountOf(token: string, signal: AbortSignal): Promise<string | undefined> {
    const response = await exchange.send({ method: 'GET', path: '/accounts/whoami', signal }, { 'x-rucio-auth-token': token, accept: 'application/json' });
    const { statusCode, headers: { location } } = response;
    if (statusCode !== 303 && statusCode !== 401) throw statusCode < 300 ? notRucio() : errorOf(await exceptionOf(response));
    close(response);
    return statusCode === 303 ? String(location).split('/').at(-1) : undefined;
  }

  async function write(call: Call, { account, ways }: Actor, signal: AbortSignal): Promise<unknown> {
    for (const way of ways) {
      // Else Rucio would do it as somebody else than was decided, and written down.
      if (way.kind === 'token' && await accountOf(way.token, signal) !== account) continue;
      const session = way.kind === 'account' ? sessionOf(account) : undefined;
      // A session's token may have been revoked: then there is a new one.
      for (let tries = session ? 2 : 1; tries > 0; tries -= 1) {
        const token = way.kind === 'token' ? way.token : await session!.token(signal);
        signal.throwIfAborted();
        const answer = await send(call, token, account);
        if (answer) return answer.value;
        session?.forget(token);
      }
    }
    throw noWay(account)(undefined);
  }

  const told = <T>(shape: z.ZodType<T>, answer: unknown): T => {
    const { success, data, error } = shape.safeParse(answer);
    if (!success) throw answerLost(error);
    return data;
  };

  return {
    async addRules(actor, { dids, copies, rseExpression, sourceReplicaExpression, lifetimeSeconds, activity, comment }, signal) {
      const body = {
        dids: dids.map(({ scope, name }) => ({ scope, name })), account: actor.account, copies, rse_expression: rseExpression, source_replica_expression: sourceReplicaExpression,
        lifetime: lifetimeSeconds, activity, comment,
      };
      return told(z.array(id).length(dids.length), await write({ method: 'POST', path: '/rules/', body }, actor, signal));
    },
    async declareBad(actor, { rse, dids, reason }, signal) {
      const body = { replicas: dids.map(({ scope, name }) => ({ scope, name, rse })), reason };
      return Object.values(told(z.record(z.string(), z.array(z.string())), await write({ method: 'POST', path: '/replicas/bad', body }, actor, signal))).flat();
    },
  };
}
