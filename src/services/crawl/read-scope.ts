import { createHash } from 'node:crypto';
import { endScope, queueKnown } from '../../datasources/mirror/crawl-names.js';
import { forgetUnlisted, setAside, type AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import type { Crawl } from './crawl.js';
import { readNames } from './list-names.js';
import { idOf, readRules } from './read-rules.js';

const digestOf = ({ row }: RowFault) => createHash('sha1').update(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? '').digest('hex').slice(0, 12);

function nameOf({ row }: RowFault): string | undefined {
  const { name } = (typeof row === 'object' && row !== null ? row : {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' ? name : undefined;
}

/** Rows of a list in the shape of rows set aside; what tells no name has a digest in its place. */
function aside(scope: string, names: readonly RowFault[], rules: readonly RowFault[]): AsideRow[] {
  return [
    ...names.map((fault) => ({ table: 'dids', key: [scope, nameOf(fault) ?? digestOf(fault)], ...fault })),
    ...rules.map((fault) => ({ table: 'rules', key: [idOf(fault) ?? digestOf(fault)], ...fault })),
  ];
}

/** Lists a scope's DIDs, to be read later, and reads its rules. Throws UPSTREAM_TRUNCATED and the like where Rucio does not list it as it should. */
export async function readScope(crawl: Crawl, scope: string): Promise<void> {
  const names = await readNames(crawl, scope);
  const rules = await readRules(crawl, scope);
  await crawl.write(async (mirror) => {
    await forgetUnlisted(mirror, scope);
    await setAside(mirror, aside(scope, names, rules));
    await endScope(mirror, scope);
  });
}

/** Goes on without the list of a scope: what the mirror has of it is read, and it is set aside that there may be more. */
export async function giveUpScope(crawl: Crawl, scope: string, reason: string): Promise<void> {
  await crawl.write(async (mirror) => {
    await queueKnown(mirror, scope);
    await setAside(mirror, [{ table: 'scopes', key: [scope], reason, row: { scope } }]);
    await endScope(mirror, scope);
  });
}
