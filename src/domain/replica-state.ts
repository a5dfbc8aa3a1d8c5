/** States of a replica by the letter in Rucio's database; the same letters mean other things elsewhere in it. */
export const replicaStateByLetter = {
  A: 'AVAILABLE', U: 'UNAVAILABLE', C: 'COPYING', B: 'BEING_DELETED', D: 'BAD', T: 'TEMPORARY_UNAVAILABLE',
} as const;

export type ReplicaState = (typeof replicaStateByLetter)[keyof typeof replicaStateByLetter];
export const replicaStates: readonly ReplicaState[] = Object.values(replicaStateByLetter);
