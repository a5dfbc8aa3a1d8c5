const TOLD = 5;

/** Names in a sentence, the first of many. */
export const namesOf = (names: readonly string[]): string => `${names.slice(0, TOLD).join(', ')}${names.length > TOLD ? ` and ${names.length - TOLD} more` : ''}`;
