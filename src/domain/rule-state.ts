/** States of a replication rule by the letter in Rucio's database. */
const byLetter = {
  R: 'REPLICATING', O: 'OK', S: 'STUCK', U: 'SUSPENDED', W: 'WAITING_APPROVAL', I: 'INJECT',
} as const;

export type RuleState = (typeof byLetter)[keyof typeof byLetter];
export const ruleStates: readonly RuleState[] = Object.values(byLetter);

/** The word for a letter of Rucio's database, or undefined. */
export function ruleStateOf(letter: string): RuleState | undefined {
  return Object.hasOwn(byLetter, letter) ? byLetter[letter as keyof typeof byLetter] : undefined;
}
