import { z } from 'zod';
import { ruleStates, type RuleState } from '../../domain/rule-state.js';
import type { DidType } from '../../domain/did-type.js';
import { didPath, type DidName } from './chunks.js';
import type { Reading } from './dids.js';
import { rowsOf, type ListReading } from './listing.js';
import { isUnknown } from './rucio-error.js';
import type { Transport } from './transport.js';
import { checked, dateTime, did, didType, id, integer } from './wire.js';

/** A replication rule. */
export interface LiveRule extends DidName {
  /** Rucio's own id: 32 hex digits. */
  ruleId: string;
  didType: DidType;
  account: string;
  rseExpression: string;
  sourceReplicaExpression: string | null;
  copies: number;
  state: RuleState;
  grouping: string | null;
  activity: string | null;
  locksOkCnt: string;
  locksReplicatingCnt: string;
  locksStuckCnt: string;
  locked: boolean;
  error: string | null;
  expiresAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Rules {
  /** Rules on this DID itself. */
  rules(did: DidName, reading?: Reading): AsyncGenerator<LiveRule>;
  /** Rules on the collections that hold this file; nothing for an unknown file. */
  associatedRules(file: DidName, reading?: Reading): AsyncGenerator<LiveRule>;
  /** All rules, or those on the DIDs of one scope; one request. */
  allRules(reading?: ListReading & { scope?: string | undefined }): AsyncGenerator<LiveRule>;
  /** One rule by Rucio's id, with or without dashes, or null. */
  rule(id: string, reading?: Reading): Promise<LiveRule | null>;
}

const shape = z.object({
  ...did, id, did_type: didType, account: z.string(), rse_expression: z.string(), source_replica_expression: z.string().nullable(), copies: z.int(),
  state: z.enum(ruleStates), grouping: z.string().nullable(), activity: z.string().nullable(), locks_ok_cnt: integer, locks_replicating_cnt: integer,
  locks_stuck_cnt: integer, locked: z.boolean(), error: z.string().nullable(), expires_at: dateTime.nullable(), created_at: dateTime, updated_at: dateTime,
});

export function createRules(transport: Transport): Rules {
  return {
    async *rules({ scope, name }, { signal } = {}) {
      for await (const row of transport.records({ method: 'GET', path: '/rules/', query: { scope, name }, signal })) yield ruleOf(row);
    },

    async *associatedRules(file, { signal } = {}) {
      try {
        for await (const row of transport.records({ method: 'GET', path: didPath(file, '/associated_rules'), signal })) yield ruleOf(row);
      } catch (error) {
        if (!isUnknown(error)) throw error;
      }
    },

    async *allRules({ scope, signal, onFault } = {}) {
      const call = { method: 'GET', path: '/rules/', ...(scope !== undefined && { query: { scope } }), signal } as const;
      for await (const rule of rowsOf(transport, call, shape, onFault)) yield named(rule);
    },

    async rule(id, { signal } = {}) {
      const digits = id.replaceAll('-', '').toLowerCase();
      // Rucio answers 500 for an id that is none.
      if (!/^[0-9a-f]{32}$/.test(digits)) return null;
      try {
        return ruleOf(await transport.json({ method: 'GET', path: `/rules/${digits}`, signal }));
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },
  };
}

const ruleOf = (row: unknown): LiveRule => named(checked(shape, row));

function named(rule: z.infer<typeof shape>): LiveRule {
  return {
    scope: rule.scope, name: rule.name, ruleId: rule.id, didType: rule.did_type, account: rule.account, rseExpression: rule.rse_expression,
    sourceReplicaExpression: rule.source_replica_expression, copies: rule.copies, state: rule.state, grouping: rule.grouping, activity: rule.activity,
    locksOkCnt: rule.locks_ok_cnt, locksReplicatingCnt: rule.locks_replicating_cnt, locksStuckCnt: rule.locks_stuck_cnt, locked: rule.locked,
    error: rule.error, expiresAt: rule.expires_at, createdAt: rule.created_at, updatedAt: rule.updated_at,
  };
}
