import type { EntryKey, ListEntry, StagedLists } from '../../datasources/mirror/staged-lists.js';
import { readUntilAgreed } from '../crawl/agreement.js';
import { inBatches } from '../crawl/in-batches.js';
import { KeyDigest } from '../crawl/key-digest.js';
import type { Rest } from './rest.js';

/** More than these are not explained one by one. */
const MOST = 5_000;

const fits = ({ a, b }: EntryKey) => `${a}${b}`.isWellFormed() && !`${a}${b}`.includes('\0');

export interface ListSource {
  /** For errors: `the names of scope x`. */
  readonly what: string;
  readonly list: string;
  read(): AsyncIterable<ListEntry>;
  /** Takes entries whose key no text of Postgres can have. */
  onUnfit?(entry: ListEntry, reason: string): void;
  /** Those of the keys that Rucio does not have any more; with `bornAt`, two readings may differ by what has changed meanwhile. */
  gone?(keys: readonly EntryKey[]): Promise<number>;
  /** When those of the keys that Rucio has were made. */
  bornAt?(keys: readonly EntryKey[]): Promise<readonly Date[]>;
}

/** Reads a list of Rucio's into the staged lists, until two readings agree; a list that was read before is forgotten. Throws UPSTREAM_TRUNCATED where they do not. */
export async function stageList({ rucio, patience, signal }: Rest, lists: StagedLists, { what, list, read, onUnfit, gone, bornAt }: ListSource): Promise<void> {
  await lists.drop(list);
  await readUntilAgreed(what, (reading) => patience.ask(async () => {
    // Only a difference that is to be explained needs the time.
    const began = bornAt ? await rucio.now({ signal }) : new Date(0);
    const digest = new KeyDigest();
    for await (const entries of inBatches(read())) {
      for (const { a, b } of entries) digest.add(`${a}:${b}`);
      for (const entry of entries.filter((one) => !fits(one))) onUnfit?.(entry, 'Its name has a character that no text can have.');
      await lists.add(list, entries.filter(fits), reading);
    }
    return { digest: digest.toString(), began };
  }), async (reading, before) => {
    if (!gone || !bornAt) return false;
    const lost = await lists.inOneOnly(list, reading - 1, reading, MOST);
    const late = await lists.inOneOnly(list, reading, reading - 1, MOST);
    if (Math.max(lost.length, late.length) === MOST) return false;
    if (await gone(lost) < lost.length) return false;
    return (await bornAt(late)).every((time) => time >= before.began);
  });
}
