import type { DidName } from '../../datasources/rucio/chunks.js';
import { DipperError } from '../../errors.js';
import type { Crawl } from './crawl.js';

/**
 * Asks again about a DID that Rucio said it does not know, where it was asked by a path: front ends may spoil that, and it may have been made
 * anew meanwhile. Throws UPSTREAM_TRUNCATED if Rucio knows it.
 */
export async function confirmUnknown({ rucio, patience, signal }: Pick<Crawl, 'rucio' | 'patience' | 'signal'>, did: DidName): Promise<void> {
  const unknown = await patience.ask(() => rucio.unknown([did], { signal }));
  if (unknown.length === 0) throw new DipperError('UPSTREAM_TRUNCATED', 'Rucio knows it, and answers as if it did not.');
}
