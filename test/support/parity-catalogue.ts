import { spawn } from 'node:child_process';
import { stringify } from 'lossless-json';
import { seeded, type Random } from './parity-random.js';
import type { TestStack } from './stack.js';

export type Value = null | boolean | number | bigint | string | readonly Value[];

export interface ParityDid {
  readonly scope: string;
  readonly name: string;
  readonly type: 'FILE' | 'DATASET' | 'CONTAINER';
  readonly bytes: number | null;
  readonly adler32: string | null;
  /** RFC 3339 in UTC, with microseconds. */
  readonly created_at: string;
  /** Null where nobody ever set any: then Rucio has no row for it. */
  readonly metadata: Readonly<Record<string, Value>> | null;
}

export interface ParityCatalogue { readonly scopes: readonly string[]; readonly dids: readonly ParityDid[] }

const FILES = 1500;
const DATASETS = 240;
const CONTAINERS = 60;

// Pairs that differ only in a letter which LIKE takes for any letter, and in letter case.
const targets = ['Crab_1', 'CrabX1', 'Crab-1', 'crab_1', 'Crab_2', 'CrabX2', 'Mrk 421', 'Mrk_421', 'Größe', "O'Neill", 'Sgr A', 'RX J1713', 'LMC_N132D', 'LMCXN132D', 'Vela', 'vela', 'MRK 421', 'Vela_X', 'Vela X'];
// Letters that mean something in Rucio's patterns, in LIKE, or in its text form of filters.
const notes = ['50%_dust', '50$ dust', '50& dust', '5%', '50 %', 'C:\\data_1', 'C:\\data_2', 'C:]data', 'C:[data', 'cloud; rain', 'a<b', 'a=b,c', 'say "hi"', "it's", 'tab\there', 'star 🔭', 'so true'];
const types = ['event', 'event_raw', 'eventXraw', 'monitoring', 'log', 'report', 'Event'];
const sizes = [0, 1, 4096, 2 ** 31, 2 ** 40, 2 ** 53 - 1];
// Beyond 2^53 doubles round; all have as many digits.
const serials = Array.from({ length: 8 }, (_, index) => 9007199254740992n + BigInt(index));
const largest = Array.from({ length: 8 }, (_, index) => 2n ** 63n - 1n - BigInt(index));

const two = (value: number) => String(value).padStart(2, '0');
const day = (index: number) => new Date(Date.UTC(2026, 2, 1 + index)).toISOString().slice(0, 10);
const second = (random: Random, from: string, days: number) => new Date(Date.parse(from) + random.below(days * 288) * 300_000);

/** What any DID may carry, each key missing or null now and then. */
function attributes(random: Random): Record<string, Value> {
  const given: Record<string, Value> = {
    parity_run: random.below(40), parity_zenith: random.below(240) / 4 - 5, parity_target: random.pick(targets), parity_note: random.pick(notes),
    parity_serial: random.pick(serials), parity_largest: random.pick(largest), parity_list: random.some(random.below(4), [1, 2, 3, 11, 12, 23]), parity_tags: random.some(random.below(3), ['a', 'ab', 'b_1', 'bX1']),
    parity_time: second(random, '2026-01-01T00:00:00Z', 30).toISOString().slice(0, -1),
    // Wrongly typed now and then, in the ways that Rucio takes differently.
    parity_flag: random() < 0.15 ? 'yes' : random() < 0.5,
    parity_gain: random() < 0.25 ? `+${random.below(20)}` : random.below(40) - 10,
    parity_mixed: random.pick<Value>([random.below(9), `T${random.pick(['_a', 'Xa', 'b', 'c'])}`, `T${random.pick(['b', 'd_e', 'dXe'])}`, random() < 0.5, [1, 'T'], random.below(4) / 4]),
    parity_broken: random() < 0.1 ? 'unknown' : random.below(30),
  };
  return Object.fromEntries(Object.entries(given).filter(() => random() < 0.9).map(([key, value]) => [key, random() < 0.05 ? null : value]));
}

/** Fields of the registry, by their older keys, their newer ones, or both at once, then often with another value. */
function fields(random: Random): Record<string, Value> {
  const begin = second(random, '2026-03-01T18:00:00Z', 20);
  const both = (newer: string, older: string, value: () => Value): [string, Value][] => {
    const dice = random();
    return [...(dice < 0.6 ? [[newer, value()] as [string, Value]] : []), ...(dice > 0.45 ? [[older, value()] as [string, Value]] : [])];
  };
  const text = (value: string) => (random() < 0.06 ? 7 : value);
  const given: [string, Value][] = [
    ...both('instance__obs_id', 'obs_id', () => 200_000_000 + random.below(50)), ...both('acquisition__sb_id', 'sb_id', () => 9_000_000_000 + random.below(12)),
    ...both('data__type', 'data_type', () => text(random.pick(types))), ...both('data__level', 'data_level', () => random.pick(['R0', 'R1', 'DL0', 'dl0', 'DL1', 'DL2'])),
    ['instance__subarray_id', random.below(6)], ['instance__chunk_id', random.below(30)],
    ['observation__coverage__time__t_min', begin.toISOString().slice(0, -1)], ['observation__coverage__time__t_max', new Date(begin.getTime() + 1 + random.below(20) * 600_000).toISOString().slice(0, -1)],
    ['data__division', random.pick(['Event', 'event', 'Monitoring', 'Service'])], ['data__association', random.pick(['Array', 'Subarray', 'Sub_array', 'Telescope'])],
    ['instance__observing_night', day(random.below(20))], ['instance__site_id', random.pick(['CTAO-North', 'CTAO-South', 'CTAO_North'])],
    ['instance__category', random.pick(['A', 'a', 'B', 'C'])], ['curation__release', random.pick(['DR_1', 'DR-1', 'dr_1', 'DR2'])],
    ['tel_ids', random.some(random.below(5), [1, 2, 3, 11, 12, 21, 23])],
  ];
  return Object.fromEntries(given.filter(() => random() < 0.9).map(([key, value]) => [key, random() < 0.05 ? null : value]));
}

/** 5,400 DIDs in three scopes of their own, the same for the same seed. */
export function parityCatalogue(run: string, seed: number): ParityCatalogue {
  const random = seeded(seed);
  const scopes = ['a', 'b_1', 'bX1'].map((suffix) => `par${run}${suffix}`);
  const dids = scopes.flatMap((scope) => (['FILE', 'DATASET', 'CONTAINER'] as const).flatMap((type) =>
    Array.from({ length: { FILE: FILES, DATASET: DATASETS, CONTAINER: CONTAINERS }[type] }, (_, index): ParityDid => {
      const isFile = type === 'FILE';
      const name = `/ctao/${scope}/${random.pick(['run_', 'run-', 'runX'])}${index % 7}/${type.toLowerCase()}_${two(index)}`;
      const created = new Date(Date.UTC(2026, 0, 1) + random.below(400) * 1000);
      const described = random();
      const letter = random.pick(['a', 'b', 'c', 'f']);
      return {
        scope, name, type, bytes: isFile ? (random() < 0.3 ? random.pick(sizes) : random.below(300) * 1000) : null,
        adler32: !isFile || random() < 0.1 ? null : random() < 0.1 ? String(10_000_000 + random.below(10)) : `${letter}${letter}${two(random.below(40))}00ff`,
        created_at: `${created.toISOString().slice(0, 19)}.${random.pick(['000000', '000001', '250000', '999999'])}Z`,
        metadata: described < 0.04 ? null : described < 0.06 ? {} : { ...attributes(random), ...fields(random) },
      };
    })));
  return { scopes, dids };
}

/** Runs parity-catalogue.py on what it is told; at most a minute. */
function python(stack: TestStack, work: object): Promise<void> {
  const env = { ...process.env, ...stack.env, PATH: `${stack.env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}` };
  const child = spawn('python', [new URL('parity-catalogue.py', import.meta.url).pathname], { env, stdio: ['pipe', 'ignore', 'pipe'], timeout: 60_000 });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => { complaint += text.toString(); });
  child.stdin.end(stringify(work));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => { if (code === 0) resolve(); else reject(new Error(`parity-catalogue.py: ${complaint.slice(-2000)}`)); });
  });
}

const account = (stack: TestStack) => stack.env['RUCIO_ACCOUNT']!;
export const fillRucio = (stack: TestStack, { scopes, dids }: ParityCatalogue) => python(stack, { account: account(stack), scopes, dids });
export const emptyRucio = (stack: TestStack, { scopes }: ParityCatalogue) => python(stack, { account: account(stack), scopes });
