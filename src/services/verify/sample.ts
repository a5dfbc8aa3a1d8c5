import type { Row } from '../../datasources/postgres/row-reader.js';
import type { RowKind } from '../../domain/row-kind.js';
import type { Part } from './compare-some.js';
import type { Sides } from './sides.js';

const FILES_AT_ONCE = 500;

const did = ['scope', 'name'];
const child = ['child_scope', 'child_name'];

/** Each row once; those that were seen before are left out. */
export function distinct(rows: readonly Row[], seen = new Set<string>()): Row[] {
  return rows.filter((row) => {
    const id = JSON.stringify(row);
    return !seen.has(id) && seen.add(id);
  });
}

const above: ReadonlySet<RowKind> = new Set(['contents', 'collections', 'rules']);

/** These files with what hangs on them of these kinds: their copies, what holds them, up to the top, and the rules on both. */
export async function* sampleParts({ rucio, mirror }: Pick<Sides, 'rucio' | 'mirror'>, files: readonly Row[], kinds: readonly RowKind[]): AsyncGenerator<Part> {
  const seen = new Set<string>();
  const goesUp = kinds.some((kind) => above.has(kind));
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    const some = files.slice(at, at + FILES_AT_ONCE);
    const parts: Part[] = [{ kind: 'files', by: did, values: some }, { kind: 'replicas', by: did, values: some }];
    yield* parts.filter(({ kind }) => kinds.includes(kind));
    for (let dids: readonly Row[] = goesUp ? some : []; dids.length;) {
      const around: Part[] = [{ kind: 'contents', by: child, values: dids }, { kind: 'rules', by: did, values: dids }];
      yield* around.filter(({ kind }) => kinds.includes(kind));
      const [one, other] = await Promise.all([rucio.some('contents', child, dids), mirror.some('contents', child, dids)]);
      dids = distinct([...one, ...other].map((row) => row.slice(0, did.length)), seen);
      if (kinds.includes('collections')) yield { kind: 'collections', by: did, values: dids };
    }
  }
}
