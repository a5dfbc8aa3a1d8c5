import { rowKindNames, type RowKind } from '../../domain/row-kind.js';
import { findDangling } from '../../datasources/mirror/dangling.js';
import { estimateRows } from '../../datasources/mirror/estimate-rows.js';
import { readSetAside } from '../../datasources/mirror/read-set-aside.js';
import { WrongRows } from '../../datasources/mirror/wrong-rows.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import { compareSome } from './compare-some.js';
import { createDerivedCheck } from './derived-columns.js';
import type { Difference } from './difference.js';
import { lookAgain } from './look-again.js';
import { mergeRows, type Counts } from './merge-rows.js';
import type { KindReport, VerifyReport } from './report.js';
import { sampleFiles, sampleParts } from './sample.js';
import { repair, type RepairOptions } from './repair.js';
import { openSides, type Sides } from './sides.js';

/** Rows looked at again together. */
const BATCH = 5_000;
/** Differences of a kind, and rows set aside, that are named one by one. */
const NAMED = 100;

export interface Progress {
  /** Rows that have been looked at, of about so many; 0 where that is not known. */
  readonly rows: number;
  readonly of: number;
  readonly kind: RowKind;
}

export interface VerifyOptions extends RepairOptions {
  /** All kinds where it is left out. */
  readonly kinds?: readonly RowKind[] | undefined;
  /** Look at so many files by chance, with all that hangs on them, and not at everything. */
  readonly sample?: { readonly files: number; readonly seed: number } | undefined;
  /** Make the rows that differ what they are in Rucio, and try again what is set aside. */
  readonly repair?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Adds up what is found of one kind. */
class Tally {
  readonly counts: Counts = { rucio: 0, mirror: 0 };
  private readonly differences: Difference[] = [];
  private differing = 0;
  private open = 0;

  constructor(private readonly kind: RowKind) {}

  add({ differences, open }: { differences: readonly Difference[]; open: number }): void {
    this.differences.push(...differences.slice(0, NAMED - this.differences.length));
    this.differing += differences.length;
    this.open += open;
  }

  report(): KindReport {
    return { kind: this.kind, ...this.counts, differing: this.differing, open: this.open, differences: this.differences };
  }
}

const ofRses: ReadonlySet<RowKind> = new Set(['rses', 'attributes', 'protocols', 'usage']);

/** Compares Rucio's database with the mirror, which may both go on changing. Throws where that cannot be done. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { sample, kinds = rowKindNames, onProgress = () => undefined } = options;
  const sides = await openSides(options);
  const wrong = options.repair ? await WrongRows.open(options.mirrorUrl, options.signal) : null;
  try {
    const { rucio, mirror, mirrorClient, caughtUp } = sides;
    const derived = createDerivedCheck(options.fields);
    const tallies = new Map(kinds.map((kind) => [kind, new Tally(kind)]));
    const judge = async (kind: RowKind, keys: readonly Row[]) => {
      const verdict = await lookAgain({ kind, rucio, mirror, derived, caughtUp }, keys);
      tallies.get(kind)!.add(verdict);
      await wrong?.add(kind, verdict.differences.map(({ key }) => Object.values(key)));
    };
    const estimates = await estimateRows(mirrorClient);

    const wholly = kinds.filter((kind) => !sample || ofRses.has(kind));
    const files = sample ? await sampleFiles(sides, sample.files, sample.seed) : [];
    const of = wholly.reduce((sum, kind) => sum + estimates[kind], 0);
    let before = 0;
    for (const kind of wholly) {
      const { counts } = tallies.get(kind)!;
      const onPage = () => { onProgress({ kind, rows: before + counts.rucio, of }); };
      for await (const keys of mergeRows({ kind, derived, counts, batch: BATCH, rucio: rucio.all(kind), mirror: mirror.all(kind), onPage })) await judge(kind, keys);
      before += counts.rucio;
    }
    for await (const part of sampleParts(sides, files)) {
      const tally = tallies.get(part.kind);
      if (!tally) continue;
      const found = await compareSome(part, sides, derived);
      tally.counts.rucio += found.rucio;
      tally.counts.mirror += found.mirror;
      if (found.keys.length) await judge(part.kind, found.keys);
      onProgress({ kind: part.kind, rows: tallies.get('files')?.counts.rucio ?? 0, of: files.length });
    }
    const report = {
      asOf: sides.asOf, notFollowed: sides.notFollowed(), kinds: [...tallies.values()].map((tally) => tally.report()),
      sample: sample ? { files: files.length, of: estimates.files, seed: sample.seed } : null,
      dangling: sample ? [] : await findDangling(mirrorClient), setAside: await readSetAside(mirrorClient, NAMED), rses: await rseNames(sides),
    };
    const isRight = report.kinds.every(({ differing }) => differing === 0) && report.dangling.length === 0 && report.setAside.count === 0;
    return { ...report, repaired: wrong && !isRight ? await repair(options, wrong) : null };
  } finally {
    await Promise.all([sides.close(), wrong?.close()]);
  }
}

async function rseNames({ rucio }: Sides): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  for await (const page of rucio.all('rses')) for (const line of page) {
    const [id, name] = line.split('\t');
    names[id!] = name!;
  }
  return names;
}
