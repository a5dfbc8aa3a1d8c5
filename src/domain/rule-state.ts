/** States of a replication rule by the letter in Rucio's database. */
export const ruleStateByLetter = {
  R: 'REPLICATING', O: 'OK', S: 'STUCK', U: 'SUSPENDED', W: 'WAITING_APPROVAL', I: 'INJECT',
} as const;

export type RuleState = (typeof ruleStateByLetter)[keyof typeof ruleStateByLetter];
export const ruleStates: readonly RuleState[] = Object.values(ruleStateByLetter);
