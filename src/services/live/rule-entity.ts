import type { LiveRule } from '../../datasources/rucio/rules.js';
import { Entity } from '../../domain/entity.js';

/** A rule as Rucio has just told it, with the names of the schema's fields. */
export const ruleEntity = (rule: LiveRule): Entity => new Entity('Rule', {
  id: `Rule:${rule.ruleId}`, ...rule, locksOkCnt: Number(rule.locksOkCnt), locksReplicatingCnt: Number(rule.locksReplicatingCnt), locksStuckCnt: Number(rule.locksStuckCnt),
});
