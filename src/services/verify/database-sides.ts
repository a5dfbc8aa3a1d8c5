import { setTimeout as sleep } from 'node:timers/promises';
import { DipperError } from '../../errors.js';
import { estimateRows } from '../../datasources/mirror/estimate-rows.js';
import { readFollowing, type Following } from '../../datasources/mirror/following.js';
import { mirrorOrigins } from '../../datasources/mirror/row-origins.js';
import { createRowReader } from '../../datasources/postgres/row-reader.js';
import { sampleKeys } from '../../datasources/postgres/sample-keys.js';
import { formatLsn } from '../../datasources/rucio-db/lsn.js';
import { sourceOrigins } from '../../datasources/rucio-db/row-origins.js';
import { readIdentity, readMoment } from '../../datasources/rucio-db/slot.js';
import { Turns } from '../crawl/turns.js';
import { createDerivedCheck } from './derived-columns.js';
import { lookAgain } from './look-again.js';
import { mergeRows } from './merge-rows.js';
import { repair, type RepairOptions } from './repair.js';
import { distinct } from './sample.js';
import { ANSWER_MS, openMirror, type Sides } from './sides.js';

const CATCH_UP_MS = 60_000;
const POLL_MS = 25;
/** Rows looked at again together. */
const BATCH = 5_000;

function whyNot({ state, alive, checkedAt }: Following): string | null {
  if (alive) return null;
  return state === 'SNAPSHOT' ? 'a new snapshot is being taken, or was' : `\`dipper sync\` was last heard of at ${checkedAt.slice(0, 19)} UTC`;
}

/** Rucio's database and the mirror that follows it. Throws DipperError where they do not belong together. */
export async function openDatabases(options: RepairOptions): Promise<Sides> {
  const { mirrorUrl, rucioDatabaseUrl, fields, signal } = options;
  const { open, close, mirrorClient, following } = await openMirror(options, 'REPLICATION');
  try {
    const rucioClient = await open(rucioDatabaseUrl, 'verify', { answerMs: ANSWER_MS });
    const identity = await readIdentity(await open(rucioDatabaseUrl, 'verify identity', { replication: true, answerMs: ANSWER_MS }));
    if (following.identity !== null && following.identity !== identity) {
      throw new DipperError('BAD_USER_INPUT', `The mirror was made from another database than the one at RUCIO_DATABASE_URL (${following.identity}, not ${identity}).`);
    }
    let notFollowed = whyNot(following);
    const derived = createDerivedCheck(fields);
    const turns = new Turns();
    const rucio = createRowReader(sourceOrigins, { stream: await open(rucioDatabaseUrl, 'verify read'), asks: rucioClient });
    const mirror = createRowReader(mirrorOrigins(fields), { stream: await open(mirrorUrl, 'verify read'), asks: mirrorClient });
    const caughtUp = async () => {
      if (notFollowed !== null) return false;
      const position = formatLsn((await readMoment(rucioClient)).position);
      for (const end = performance.now() + CATCH_UP_MS; performance.now() < end; await sleep(POLL_MS, undefined, { signal })) {
        const now = await readFollowing(mirrorClient, position);
        if (now?.reached) return true;
        notFollowed = now ? whyNot(now) : 'it was emptied';
        if (notFollowed !== null) return false;
      }
      notFollowed = `it has not come to ${position} within ${CATCH_UP_MS / 1000} s`;
      return false;
    };
    return {
      source: 'REPLICATION', rucio, mirror, mirrorClient, asOf: following.asOf, close,
      notFollowed: () => notFollowed,
      untold: () => ({ count: 0, rows: [] }),
      judge: (kind, keys) => turns.take(async () => {
        const { found, open } = await lookAgain({ kind, rucio, mirror, derived, caughtUp }, keys);
        return { differences: found.map(({ difference }) => difference), late: 0, open };
      }),
      repair: (wrong) => repair(options, wrong),
      async *compare(kinds, { counts, onProgress }) {
        const estimates = await estimateRows(mirrorClient);
        const of = kinds.reduce((sum, kind) => sum + estimates[kind], 0);
        let before = 0;
        for (const kind of kinds) {
          const own = counts[kind]!;
          const onPage = () => { onProgress(kind, before + own.rucio, of); };
          for await (const keys of mergeRows({ kind, derived, counts: own, batch: BATCH, rucio: rucio.all(kind), mirror: mirror.all(kind), onPage })) yield { kind, keys };
          before += own.rucio;
        }
      },
      async sampleFiles(count, seed) {
        const [one, other] = await Promise.all([
          sampleKeys(rucioClient, { table: 'rucio.dids', where: `did_type = 'F'`, count, seed }),
          sampleKeys(mirrorClient, { table: 'mirror.file', where: 'true', count, seed }),
        ]);
        return distinct([...one, ...other]);
      },
      async rseNames() {
        const names: Record<string, string> = {};
        for await (const page of rucio.all('rses')) for (const line of page) {
          const [id, name] = line.split('\t');
          names[id!] = name!;
        }
        return names;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
