import { writeAsLeader } from '../../datasources/mirror/leadership.js';
import type { Leader } from '../sync/lead.js';

/** Runs one transaction of the leader; where it fails, nothing else may be written on that connection. */
export async function inTransaction<T>({ mirror, term }: Pick<Leader, 'mirror' | 'term'>, work: () => Promise<T>): Promise<T> {
  await mirror.query('begin');
  const result = await work();
  await writeAsLeader(mirror, term, 'term = term');
  await mirror.query('commit');
  return result;
}
