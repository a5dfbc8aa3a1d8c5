import { decodeJwt } from 'jose';
import type { Logger } from 'pino';
import type { Audit, AuditResult } from '../../datasources/mirror/audit.js';
import type { Actor, WayIn } from '../../datasources/rucio/writes.js';
import type { WriteRules } from '../../domain/access/write-rules.js';
import type { Permission } from '../../domain/permission.js';
import type { Viewer } from '../../domain/viewer.js';
import { DipperError } from '../../errors.js';

/** Who wants something written. */
export interface Writer { readonly viewer: Viewer; readonly signal: AbortSignal; readonly requestId: string }

interface WriteOrder {
  /** Its own permission has the same name. */
  readonly operation: Extract<Permission, 'addRule' | 'declareBad'>;
  /** What it is called in sentences: `add rules`. */
  readonly verb: string;
  readonly input: object;
}

/** Takes note of what has come of it so far, also where the rest then fails. */
type Note = (result: object) => void;

/** Lets those write who may, as their own Rucio account, and writes down who, what, when and with what result. */
export type Audited = <T>(writer: Writer, order: WriteOrder, work: (actor: Actor, note: Note) => Promise<T>) => Promise<T>;

export interface AuditedOptions { readonly audit: Audit; readonly rules: WriteRules; readonly log: Logger }

export function createAudited({ audit, rules, log }: AuditedOptions): Audited {
  return async ({ viewer, signal, requestId }, { operation, verb, input }, work) => {
    const { kind, issuer, subject } = viewer;
    const entry = { requestId, kind, issuer, subject, operation };
    if (!viewer.may.has(operation)) {
      log.info({ audit: { ...entry, outcome: 'FORBIDDEN' } }, 'write refused'); // not in the table, which nobody without a permission shall fill
      throw kind === 'NONE' ? new DipperError('UNAUTHENTICATED', `Sign in to ${verb}.`) : new DipperError('FORBIDDEN', `You may not ${verb} (permission ${operation}).`);
    }
    const id = await audit.begin({ ...entry, input });
    log.info({ audit: { id, ...entry, input } }, 'write begun');
    const end: { -readonly [key in keyof AuditResult]: AuditResult[key] } = { account: null, outcome: 'OK', message: null, result: null };
    try {
      end.account = await viewer.account(signal, { mustKnow: true });
      if (end.account === null) throw new DipperError('FORBIDDEN', `You have no Rucio account, or several, so you cannot ${verb}.`);
      return await work({ account: end.account, ways: waysOf(viewer, rules) }, (result) => { end.result = result; });
    } catch (error) {
      [end.outcome, end.message] = error instanceof DipperError ? [error.code, error.message] : ['INTERNAL', null];
      throw error;
    } finally {
      log.info({ audit: { id, ...entry, ...end } }, 'write ended');
      await audit.end(id, end).catch((err: unknown) => log.error({ err, audit: { id, ...entry, ...end } }, 'the end of a write could not be written down'));
    }
  };
}

/** A token goes to Rucio only if it is meant for it, too. */
function waysOf({ token }: Viewer, { ways, audience }: WriteRules): WayIn[] {
  return ways.flatMap((kind): WayIn[] => {
    if (kind === 'account') return [{ kind }];
    return token !== undefined && [decodeJwt(token).aud].flat().includes(audience) ? [{ kind, token }] : [];
  });
}
