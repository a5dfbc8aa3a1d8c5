/** What Rucio's REST interface leaves out of its rows: a mirror that is crawled does not have it, and it cannot be compared. */
export const notToldByRest = ['fractions of seconds', 'when a copy was registered and last changed', 'RSEs that are deleted, and copies there', 'DIDs that Rucio suppresses, until the mirror has them'] as const;
