import { notToldByRest } from '../../domain/not-told-by-rest.js';
import { rowKindNames, type RowKind } from '../../domain/row-kind.js';
import { findDangling } from '../../datasources/mirror/dangling.js';
import { estimateRows } from '../../datasources/mirror/estimate-rows.js';
import { readSetAside } from '../../datasources/mirror/read-set-aside.js';
import { WrongRows } from '../../datasources/mirror/wrong-rows.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import { compareSome } from './compare-some.js';
import { createDerivedCheck } from './derived-columns.js';
import type { Difference } from './difference.js';
import type { Counts } from './merge-rows.js';
import type { KindReport, VerifyReport } from './report.js';
import { sampleParts } from './sample.js';
import type { Judged, Sides, SidesOptions } from './sides.js';

/** Rows looked at again together. */
const BATCH = 5_000;
/** Differences of a kind, and rows set aside, that are named one by one. */
const NAMED = 100;

export interface Progress {
  readonly what: string;
  /** Rows that have been looked at, of about so many; 0 where that is not known. */
  readonly rows: number;
  readonly of: number;
}

export interface VerifyOptions {
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
  private late = 0;

  constructor(private readonly kind: RowKind) {}

  add({ differences, late, open }: Judged): void {
    this.differences.push(...differences.slice(0, NAMED - this.differences.length));
    this.differing += differences.length;
    this.open += open;
    this.late += late;
  }

  report(): KindReport {
    return { kind: this.kind, ...this.counts, differing: this.differing, late: this.late, open: this.open, differences: this.differences };
  }
}

/** Gathers rows that seem to differ, each once, until they are worth another look together. */
class Suspicion {
  private readonly keys = new Map<RowKind, Map<string, Row>>();

  constructor(private readonly judge: (kind: RowKind, keys: readonly Row[]) => Promise<void>) {}

  async add(kind: RowKind, keys: readonly Row[]): Promise<void> {
    const own = this.keys.get(kind) ?? new Map<string, Row>();
    this.keys.set(kind, own);
    for (const key of keys) own.set(JSON.stringify(key), key);
    if (own.size >= BATCH) await this.look(kind, own);
  }

  async end(): Promise<void> {
    await Promise.all([...this.keys].map(([kind, own]) => own.size && this.look(kind, own)));
  }

  private async look(kind: RowKind, own: Map<string, Row>): Promise<void> {
    await this.judge(kind, [...own.values()]);
    own.clear();
  }
}

const ofRses: ReadonlySet<RowKind> = new Set(['rses', 'attributes', 'protocols', 'usage']);

/** Opens what is compared: by Rucio's database, or by REST. */
export type OpenSides = () => Promise<Sides>;

/** Compares Rucio with the mirror, which may both go on changing. Throws where that cannot be done. */
export async function verify(openSides: OpenSides, { mirrorUrl, fields, signal }: SidesOptions, options: VerifyOptions): Promise<VerifyReport> {
  const { sample, kinds = rowKindNames } = options;
  const sides = await openSides();
  const wrong = options.repair ? await WrongRows.open(mirrorUrl, signal) : null;
  try {
    const { mirrorClient } = sides;
    const derived = createDerivedCheck(fields);
    const tallies = new Map(kinds.map((kind) => [kind, new Tally(kind)]));
    const onProgress = (what: string, rows: number, of: number) => options.onProgress?.({ what, rows, of });
    const telling = { counts: Object.fromEntries([...tallies].map(([kind, { counts }]) => [kind, counts])), onProgress };
    const suspects = new Suspicion(async (kind, keys) => {
      const judged = await sides.judge(kind, keys);
      tallies.get(kind)!.add(judged);
      await wrong?.add(kind, judged.differences.map(({ key }) => Object.values(key)));
    });

    for await (const { kind, keys } of sides.compare(kinds.filter((kind) => !sample || ofRses.has(kind)), telling)) await suspects.add(kind, keys);
    const files = sample ? await sides.sampleFiles(sample.files, sample.seed, telling) : [];
    for await (const part of sampleParts(sides, files, kinds)) {
      const tally = tallies.get(part.kind)!;
      const found = await compareSome(part, sides, derived);
      tally.counts.rucio += found.rucio;
      tally.counts.mirror += found.mirror;
      await suspects.add(part.kind, found.keys);
      onProgress(part.kind, tallies.get('files')?.counts.rucio ?? 0, files.length);
    }
    await suspects.end();
    const report = {
      source: sides.source, notTold: sides.source === 'REST' ? notToldByRest : [],
      asOf: sides.asOf, notFollowed: sides.notFollowed(), kinds: [...tallies.values()].map((tally) => tally.report()),
      sample: sample ? { files: files.length, of: (await estimateRows(mirrorClient)).files, seed: sample.seed } : null,
      dangling: sample ? [] : await findDangling(mirrorClient), setAside: await readSetAside(mirrorClient, NAMED), untold: sides.untold(), rses: await sides.rseNames(),
    };
    const isRight = report.kinds.every(({ differing }) => differing === 0) && report.dangling.length === 0 && report.setAside.count === 0;
    return { ...report, repaired: wrong && !isRight ? await sides.repair(wrong) : null };
  } finally {
    await Promise.all([sides.close(), wrong?.close()]);
  }
}
