/** Types of data identifier that dipper knows, by the letter in Rucio's database. */
const byLetter = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' } as const;

export type DidType = (typeof byLetter)[keyof typeof byLetter];
export const didTypes: readonly DidType[] = Object.values(byLetter);

/** The word for a letter of Rucio's database, or undefined: archives and deleted identifiers are none of ours. */
export function didTypeOf(letter: string): DidType | undefined {
  return Object.hasOwn(byLetter, letter) ? byLetter[letter as keyof typeof byLetter] : undefined;
}
