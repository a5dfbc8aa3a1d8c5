import { dropRules, noteRules, rulesInOneOnly, rulesNotListed } from '../../datasources/mirror/crawl-rules.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import { readUntilAgreed, type Reading } from './agreement.js';
import type { Crawl } from './crawl.js';
import { inBatches } from './in-batches.js';
import { KeyDigest } from './key-digest.js';
import { mapAhead } from './map-ahead.js';
import { ruleRow, uuid } from './rows.js';

/** Brings the rules on a scope's DIDs into the mirror, and removes those that are no more. Answers the rows that have a wrong shape. */
export async function readRules(crawl: Crawl, scope: string): Promise<RowFault[]> {
  const { rucio, patience, signal } = crawl;
  const faults = new Map<string, RowFault>();
  await crawl.write((mirror) => dropRules(mirror, scope));

  const read = (reading: number): Promise<Reading> => patience.ask(async () => {
    const began = await rucio.now({ signal });
    const digest = new KeyDigest();
    for await (const rules of inBatches(rucio.allRules({ scope, signal, onFault: (fault) => { faults.set(idOf(fault) ?? '', fault); } }))) {
      crawl.answered();
      for (const { ruleId } of rules) digest.add(ruleId);
      await crawl.write(async (mirror) => {
        await noteRules(mirror, scope, rules.map(({ ruleId, createdAt }) => ({ id: uuid(ruleId), createdAt })), reading);
        await crawl.apply(mirror, new Map([['rules', { upserts: rules.map(ruleRow), removes: [] }]]));
      });
    }
    return { digest: digest.toString(), began };
  });

  /** Removes those of the rules that Rucio does not know, and takes in the others as they are; answers how many there are of these. */
  async function look(ids: readonly string[]): Promise<number> {
    let there = 0;
    for await (const { id, rule } of mapAhead(ids, crawl.concurrency, async (id) => ({ id, rule: await patience.ask(() => rucio.rule(id, { signal })) }))) {
      if (rule) there += 1;
      await crawl.write((mirror) => crawl.apply(mirror, new Map([['rules', rule ? { upserts: [ruleRow(rule)], removes: [] } : { upserts: [], removes: [{ id }] }]])));
    }
    return there;
  }

  async function isExplained(reading: number, before: Reading): Promise<boolean> {
    const late = await crawl.read((mirror) => rulesInOneOnly(mirror, scope, reading, reading - 1));
    if (late.some(({ createdAt }) => new Date(createdAt) < before.began)) return false;
    const lost = await crawl.read((mirror) => rulesInOneOnly(mirror, scope, reading - 1, reading));
    return (await look(lost.map(({ id }) => id))) === 0;
  }

  await readUntilAgreed(`the rules of scope ${scope}`, read, isExplained);
  const unlisted = await crawl.read((mirror) => rulesNotListed(mirror, scope));
  // What has a wrong shape on the list would have it here, too.
  await look(unlisted.filter((id) => !faults.has(id)));
  return [...faults.values()];
}

/** The id of a rule of a wrong shape, where it tells one. */
export function idOf({ row }: RowFault): string | undefined {
  const { id } = (typeof row === 'object' && row !== null ? row : {}) as Partial<Record<string, unknown>>;
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? uuid(id) : undefined;
}
