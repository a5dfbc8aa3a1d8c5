import type pg from 'pg';
import { forgetBelow } from '../../datasources/mirror/crawl-set-aside.js';
import type { DidName } from '../../datasources/rucio/chunks.js';
import type { Crawl } from './crawl.js';

/** Takes DIDs that Rucio does not know any more from the mirror, with what was set aside of them, inside a write. */
export async function removeDids(crawl: Crawl, mirror: pg.ClientBase, gone: readonly DidName[]): Promise<void> {
  await forgetBelow(mirror, ['replicas', 'contents'], gone);
  await crawl.apply(mirror, new Map([['dids', { upserts: [], removes: gone.map(({ scope, name }) => ({ scope, name })) }]]));
}
