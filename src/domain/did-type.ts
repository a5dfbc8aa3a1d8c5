/** Types of data identifier that dipper knows, by the letter in Rucio's database; archives and deleted identifiers are none of ours. */
export const didTypeByLetter = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' } as const;

export type DidType = (typeof didTypeByLetter)[keyof typeof didTypeByLetter];
export const didTypes: readonly DidType[] = Object.values(didTypeByLetter);
