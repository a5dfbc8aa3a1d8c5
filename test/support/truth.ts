import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../../dev/repository.js';
import { parseExactly } from './parse-exactly.js';

/** A seeded file as the seed's plan has it, which no part of dipper or Rucio has touched. */
export interface TrueFile {
  readonly scope: string;
  readonly name: string;
  readonly bytes: number;
  readonly adler32: string;
  readonly datasets: readonly { readonly scope: string; readonly name: string }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly replicas: readonly { readonly rse: string; readonly state: string }[];
}

/** The oracle: every file of the seed. */
export const truth = (): TrueFile[] => readFileSync(path.join(repository, 'dev', 'seed', 'truth.ndjson'), 'utf8')
  .trimEnd().split('\n').map((line) => parseExactly(line) as TrueFile);
