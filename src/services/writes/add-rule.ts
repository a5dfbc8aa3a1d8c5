import type { DidMetadata } from '../../datasources/rucio/dids.js';
import { RucioException } from '../../datasources/rucio/rucio-error.js';
import type { LiveRule } from '../../datasources/rucio/rules.js';
import type { Actor, NewRule } from '../../datasources/rucio/writes.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import { isStorableText } from '../../domain/storable-text.js';
import { DipperError } from '../../errors.js';
import type { Audited, Writer } from './audited.js';
import { namesOf } from './names-of.js';

interface DidName { readonly scope: string; readonly name: string }

/** What a viewer asks for; days from now. */
interface RuleOrder {
  readonly dids: readonly DidName[];
  readonly copies: number;
  readonly rseExpression: string;
  readonly sourceReplicaExpression?: string | null | undefined;
  readonly lifetimeDays?: number | null | undefined;
  readonly activity?: string | null | undefined;
  readonly comment?: string | null | undefined;
}

export interface AddRuleOptions {
  readonly audited: Audited;
  readonly rucio: Pick<Rucio, 'addRules' | 'rule' | 'rules'>;
  /** Those of the DIDs that Rucio has, and that are in the viewer's sight, by `<scope>:<name>`. */
  readonly inSight: (dids: readonly DidName[], writer: Writer) => Promise<ReadonlyMap<string, DidMetadata>>;
  /** How many RSEs fit. Throws BAD_USER_INPUT where none does. */
  readonly countRses: (expression: string) => Promise<number>;
  readonly mostDids: number;
}

const DAY_SECONDS = 86_400;
const LONGEST_DAYS = 36_500;
/** What Rucio's table holds. */
const LONGEST = { comment: 250, activity: 50 };

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);
const keyOf = ({ scope, name }: DidName) => `${scope}:${name}`;

/** Adds one rule a DID to Rucio, all or none, for the viewer's own account, and reads them back. */
export function createAddRule({ audited, rucio, inSight, countRses, mostDids }: AddRuleOptions): (order: RuleOrder, writer: Writer) => Promise<LiveRule[]> {
  async function check({ dids, copies, rseExpression, sourceReplicaExpression }: NewRule, writer: Writer): Promise<void> {
    const rses = await countRses(rseExpression);
    if (rses < copies) throw refuse(`${copies} copies are asked for, but ${rses === 1 ? 'one RSE fits' : `${rses} RSEs fit`} ${JSON.stringify(rseExpression)}.`);
    if (sourceReplicaExpression !== null) await countRses(sourceReplicaExpression);
    const known = await inSight(dids, writer);
    const unknown = dids.filter((did) => !known.has(keyOf(did)));
    if (unknown.length > 0) throw refuse(`The catalogue does not know ${namesOf(unknown.map(keyOf))}. No rule was added.`);
  }

  /** Tells the rules that are there already. */
  async function duplicates(error: unknown, { dids, copies, rseExpression }: NewRule, { account }: Actor, signal: AbortSignal): Promise<unknown> {
    const cause = error instanceof DipperError ? error.cause : undefined;
    if (!(cause instanceof RucioException) || cause.exceptionClass !== 'DuplicateRule') return error;
    const found: LiveRule[] = [];
    try {
      for (const did of dids) {
        for await (const rule of rucio.rules(did, { signal })) {
          if (rule.account === account && rule.copies === copies && rule.rseExpression === rseExpression) found.push(rule);
        }
      }
    } catch { /* which ones is a courtesy */ }
    const which = found.length === 0 ? '' : `: ${namesOf(found.map((rule) => `${rule.ruleId} on ${keyOf(rule)}`))}`;
    return new DipperError('CONFLICT', `The account ${account} has a rule for this DID, these copies and this expression already${which}. No rule was added.`, { cause, retryable: false });
  }

  async function readBack(ids: readonly string[], signal: AbortSignal): Promise<LiveRule[]> {
    try {
      return await Promise.all(ids.map(async (id) => {
        const rule = await rucio.rule(id, { signal });
        if (!rule) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio does not know the rule that it has just made.');
        return rule;
      }));
    } catch (cause) {
      throw new DipperError('UPSTREAM_UNAVAILABLE', `The rules were added, but cannot be read back now: ${namesOf(ids)}.`, { cause, retryable: false });
    }
  }

  return async (input, writer) => {
    if (input.dids.length > mostDids) throw refuse(`${input.dids.length} DIDs are named; at most ${mostDids} get rules at once (limits.listValues).`);
    const order = orderOf(input);
    return audited(writer, { operation: 'addRule', verb: 'add rules', input }, async (actor, note) => {
      await check(order, writer);
      const ids = await rucio.addRules(actor, order, writer.signal).catch(async (error: unknown) => { throw await duplicates(error, order, actor, writer.signal); });
      note({ ruleIds: ids });
      return readBack(ids, writer.signal);
    });
  };
}

/** What Rucio is asked for, each DID once. Throws BAD_USER_INPUT for what can be no rule. */
function orderOf({ dids, copies, rseExpression, sourceReplicaExpression = null, lifetimeDays = null, activity = null, comment = null }: RuleOrder): NewRule {
  if (dids.length === 0) throw refuse('No DIDs are named.');
  const texts = { rseExpression, sourceReplicaExpression, activity, comment };
  for (const [name, text] of [...Object.entries(texts), ...dids.flatMap((did) => Object.entries(did))]) {
    if (text !== null && !isStorableText(text as string)) throw refuse(`${name} has a character that no text can have.`);
  }
  if (copies < 1) throw refuse('A rule asks for one copy at least.');
  if (lifetimeDays !== null && (lifetimeDays < 1 || lifetimeDays > LONGEST_DAYS)) throw refuse(`lifetimeDays is from 1 to ${LONGEST_DAYS}; leave it out for a rule without an end.`);
  for (const name of ['comment', 'activity'] as const) {
    if ((texts[name]?.length ?? 0) > LONGEST[name]) throw refuse(`${name} has at most ${LONGEST[name]} characters.`);
  }
  const unique = [...new Map(dids.map(({ scope, name }) => [keyOf({ scope, name }), { scope, name }])).values()];
  return { dids: unique, copies, rseExpression, sourceReplicaExpression, lifetimeSeconds: lifetimeDays && lifetimeDays * DAY_SECONDS, activity, comment };
}
