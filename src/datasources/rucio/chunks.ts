export interface DidName {
  readonly scope: string;
  readonly name: string;
}

/** How a DID is written, and looked up in maps. */
export function didKey({ scope, name }: DidName): string {
  return `${scope}:${name}`;
}

/** DIDs, each once and sorted (Rucio answers neighbours faster), in pieces that Rucio takes in one call. */
export function chunksOfDids(dids: readonly DidName[], size = 500): DidName[][] {
  const unique = new Map(dids.map(({ scope, name }) => [didKey({ scope, name }), { scope, name }]));
  const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, did]) => did);
  return chunks(sorted, size);
}

export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

/** Path of a DID in Rucio's REST interface. The slashes of the name stay: front ends refuse encoded ones. */
export function didPath({ scope, name }: DidName, rest = ''): string {
  return `/dids/${encodeURIComponent(scope)}/${name.split('/').map(encodeURIComponent).join('/')}${rest}`;
}
