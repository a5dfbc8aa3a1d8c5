import { setTimeout as sleep } from 'node:timers/promises';
import { estimateRows } from '../../datasources/mirror/estimate-rows.js';
import { readFollowing } from '../../datasources/mirror/following.js';
import { mirrorOrigins } from '../../datasources/mirror/row-origins.js';
import { StagedLists } from '../../datasources/mirror/staged-lists.js';
import { createRowReader } from '../../datasources/postgres/row-reader.js';
import { sampleKeys } from '../../datasources/postgres/sample-keys.js';
import { compareByRest } from './compare-by-rest.js';
import { createDerivedCheck } from './derived-columns.js';
import { isLate, needsBirth } from './late.js';
import { repairByRest } from './repair-by-rest.js';
import { lookAgain } from './look-again.js';
import { openRest, type RestLogin } from './rest.js';
import { createRestReader } from './rest-reader.js';
import { sampleNames } from './sample-names.js';
import { distinct } from './sample.js';
import { openMirror, type Sides, type SidesOptions } from './sides.js';
import { Untold } from './untold.js';

/** Between two looks at a row: a write that is under way comes through. */
const LOOK_WAIT_MS = 300;

export type RestSidesOptions = SidesOptions & { readonly crawl: RestLogin };

/** Rucio's REST interface and the mirror that is crawled from it. */
export async function openRestSides(options: RestSidesOptions): Promise<Sides> {
  const { mirrorUrl, fields } = options;
  const { open, close, following, mirrorClient } = await openMirror(options, 'REST');
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const rest = openRest(options.crawl, signal);
  let lists: StagedLists | undefined;
  const closeAll = async () => {
    end.abort();
    await Promise.all([close(), lists?.close(), rest.rucio.close()]);
  };
  try {
    // At once, without patience: is it there at all?
    await rest.rucio.now({ signal });
    lists = await StagedLists.open(mirrorUrl, options.signal);
    const untold = new Untold();
    const mirror = createRowReader(mirrorOrigins(fields), { stream: await open(mirrorUrl, 'verify read'), asks: mirrorClient });
    const rucio = await createRestReader({ rest, mirror, lists, fields, untold });
    const staged = lists;
    const derived = createDerivedCheck(fields);
    return {
      source: 'REST', rucio, mirror, mirrorClient, asOf: following.asOf, close: closeAll,
      notFollowed: () => null,
      untold: () => untold.report(),
      rseNames: () => Promise.resolve(rucio.rseNames),
      repair: (wrong) => repairByRest(options, { rest, rucio }, wrong),
      async *compare(kinds, { counts, onProgress }) {
        const estimates = await estimateRows(mirrorClient);
        const of = kinds.reduce((sum, kind) => sum + estimates[kind], 0);
        yield* compareByRest({
          rest, rucio, mirror, mirrorClient, lists: staged, untold, kinds, counts, derived,
          onRows: (what) => { onProgress(what, Object.values(counts).reduce((sum, count) => sum + count.rucio, 0), of); },
        });
      },
      async sampleFiles(count, seed, { onProgress }) {
        const [one, other] = [await sampleNames(rest, mirrorClient, { count, seed, onProgress }), await sampleKeys(mirrorClient, { table: 'mirror.file', where: 'true', count, seed })];
        return distinct([...one, ...other]);
      },
      async judge(kind, keys) {
        // As it was before the looks: a pass may end meanwhile.
        const asOf = ((await readFollowing(mirrorClient))?.asOf ?? following.asOf).slice(0, 19);
        const { found, open } = await lookAgain({ kind, rucio, mirror, derived, caughtUp: async () => { await sleep(LOOK_WAIT_MS, undefined, { signal }); return true; } }, keys);
        const born = await rucio.bornAt(found.flatMap((one) => needsBirth(kind, one)));
        const wrong = found.filter((one) => !isLate(kind, one, asOf, born));
        return { differences: wrong.map(({ difference }) => difference), late: found.length - wrong.length, open };
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
