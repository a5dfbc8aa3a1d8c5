/** A filter of the access file, made anew for each request where it depends on the time. Times in RFC 3339. */
export type FilterAt = (now: string) => object;

/** Reads filters that are written in GraphQL; `problems` says what is wrong with one. */
export type ReadFilter = (type: 'FileFilter' | 'DidFilter', text: string) => { readonly filter: FilterAt; readonly problems: readonly string[] };
