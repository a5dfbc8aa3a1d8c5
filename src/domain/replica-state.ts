/** States of a replica by the letter in Rucio's database; the same letters mean other things elsewhere in it. */
const byLetter = {
  A: 'AVAILABLE', U: 'UNAVAILABLE', C: 'COPYING', B: 'BEING_DELETED', D: 'BAD', T: 'TEMPORARY_UNAVAILABLE',
} as const;

export type ReplicaState = (typeof byLetter)[keyof typeof byLetter];
export const replicaStates: readonly ReplicaState[] = Object.values(byLetter);

/** The word for a letter of Rucio's database, or undefined. */
export function replicaStateOf(letter: string): ReplicaState | undefined {
  return Object.hasOwn(byLetter, letter) ? byLetter[letter as keyof typeof byLetter] : undefined;
}
