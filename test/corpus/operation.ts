export type Variables = Readonly<Record<string, unknown>>;

/** An operation of the corpus, asked once with each set of variables. */
export interface Operation {
  readonly title: string;
  readonly query: string;
  /** One empty set where it is left out. */
  readonly variables?: readonly Variables[];
  readonly operationName?: string;
  /** Goes on with the cursor at this place of the answer in this variable, until there is none, or for so many pages; `then` changes other variables. */
  readonly follow?: { readonly variable: string; readonly cursor: readonly (string | number)[]; readonly pages?: number; readonly then?: Variables };
  /** Asks Rucio itself, so it takes more than one statement, and the rows of the seed. */
  readonly live?: true;
  /** Refused for a reason of dipper's own, where plain GraphQL has none: with this code, at its one root field `files`. */
  readonly refused?: string;
}
