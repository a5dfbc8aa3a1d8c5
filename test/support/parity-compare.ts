import type { ParityCatalogue, ParityDid } from './parity-catalogue.js';
import type { ParityFilter } from './parity-filters.js';

export interface Comparison {
  readonly share: 'nothing' | 'some' | 'all';
  /** Names that only one of the two should have found. */
  readonly onlyRucio: readonly string[];
  readonly onlyDipper: readonly string[];
}

/**
 * Holds both answers to one filter against each other. Two named differences count here: filters on metadata find all types in
 * Rucio, whatever was asked for, and never a DID without any metadata. Such a one must be answered as those with empty metadata.
 */
export function compare({ dids }: ParityCatalogue, { kinds, scopes, onMetadata, onName }: ParityFilter, rucio: ReadonlySet<string>, dipper: ReadonlySet<string>): Comparison {
  const asked = dids.filter(({ type, scope }) => kinds.includes(type) && scopes.includes(scope));
  const unseen = ({ metadata }: ParityDid) => onMetadata && metadata === null;
  const emptyFits = asked.some(({ name, metadata }) => metadata && Object.keys(metadata).length === 0 && rucio.has(name));
  const fits = (did: ParityDid) => (unseen(did) ? emptyFits : rucio.has(did.name));
  // Where the name counts, too, DIDs with empty metadata are not all answered alike.
  const compared = asked.filter((did) => !(unseen(did) && onName));
  const fitting = compared.filter(fits);
  const names = new Set(asked.map(({ name }) => name));
  return {
    share: fitting.length === 0 ? 'nothing' : fitting.length === compared.length ? 'all' : 'some',
    onlyRucio: fitting.filter(({ name }) => !dipper.has(name)).map(({ name }) => name),
    onlyDipper: [...compared.filter((did) => !fits(did) && dipper.has(did.name)).map(({ name }) => name), ...[...dipper].filter((name) => !names.has(name))],
  };
}
