import { ask } from '../support/ask.js';
import { parseLsn, type Lsn } from '../../src/datasources/rucio-db/lsn.js';
import type { Writer } from './writer.js';

interface FileNode { name: string; obsId: number | null; metadata: Record<string, unknown>; replicas: { state: string }[] }
interface Data {
  mirror: { asOf: string | null; position: string | null; state: string; lagSeconds: number | null; setAside: number };
  numbers: { nodes: FileNode[] };
  states: { nodes: FileNode[] };
  batch: { nodes: FileNode[] };
  held: { length: number; files: { totalCount: number } } | null;
  huge: { totalCount: number; facet: { values: { value: number; count: number }[]; missingCount: number } };
  hugeUp: { totalCount: number };
}

/** One state of the mirror as a reader sees it, by one operation. */
export interface Observation {
  readonly asOf: string | null;
  readonly position: Lsn | null;
  readonly state: string;
  readonly lagSeconds: number | null;
  /** Value of each series; undefined where none can be told, since not all of its rows say the same. */
  readonly values: Readonly<Record<keyof Writer['series'], unknown>>;
  /** What no state of Rucio's can be. */
  readonly faults: readonly string[];
}

/** An error that a reader may get while parts are down; its message is the kind. */
export class Refused extends Error {}

const QUERY = `query ($scope: String!, $huge: String!, $folder: String!, $numbers: String!, $states: String!, $batch: String!) {
  mirror { asOf position state lagSeconds setAside }
  numbers: files(where: {scope: {eq: $scope}, name: {startsWith: $numbers}}, first: 1000) { nodes { obsId metadata(keys: ["crash"]) replicas { state } } }
  states: files(where: {scope: {eq: $scope}, name: {startsWith: $states}}, first: 1000) { nodes { replicas { state } } }
  batch: files(where: {scope: {eq: $scope}, name: {startsWith: $batch}}, first: 1000) { nodes { name replicas { state } } }
  held: did(scope: $scope, name: $folder) { ... on Dataset { length files(first: 1) { totalCount } } }
  huge: files(where: {scope: {eq: $huge}}, first: 1) { totalCount facet(field: "obsId", limit: 5) { values { value count } missingCount } }
  hugeUp: files(where: {scope: {eq: $huge}, replica: {state: [AVAILABLE]}}, first: 1) { totalCount }
}`;

/** The data of a whole answer. Throws Refused where it says to try again or there is no connection, and an Error on what should not be. */
export async function askWhole(url: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const { status, text, data, errors } = await ask(url, query, variables).catch((error: unknown) => {
    const isConnection = error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
    throw isConnection ? new Refused('no connection', { cause: error }) : error;
  });
  const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
  if (codes.length && codes.every((code) => code === 'UNAVAILABLE' || code === 'TIMEOUT')) throw new Refused(codes[0]);
  if (codes.length || !data) throw new Error(`an answer that should not be: ${status} ${text.slice(0, 500)}`);
  return data;
}

/** Looks once. Throws as askWhole. */
export async function observe(url: string, writer: Writer): Promise<Observation> {
  const { scope, hugeScope: huge, folder } = writer;
  const data = await askWhole(url, QUERY, { scope, huge, folder: `${folder}/dataset`, numbers: `${folder}/numbers/`, states: `${folder}/states/`, batch: `${folder}/batch/` });
  return read(data as unknown as Data, writer);
}

const counted = (list: readonly unknown[]): string[] => {
  const counts = new Map<unknown, number>();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} x ${String(value)}`);
};

function read(data: Data, { sizes, series }: Writer): Observation {
  const { asOf, position, state, lagSeconds, setAside } = data.mirror;
  const common = { asOf, position: position === null ? null : parseLsn(position), state, lagSeconds };
  const faults: string[] = [];
  if (setAside > 0) faults.push(`${setAside} rows set aside`);
  if ((asOf === null) !== (lagSeconds === null)) faults.push(`lag ${lagSeconds} with asOf ${asOf}`);
  if (asOf === null) {
    const { numbers, states, batch, huge, held } = data;
    const rows = numbers.nodes.length + states.nodes.length + batch.nodes.length + huge.totalCount + (held ? 1 : 0);
    if (rows) faults.push(`${rows} rows before the first snapshot`);
    return { ...common, faults, values: Object.fromEntries(Object.entries(series).map(([name, { first }]) => [name, first])) as Observation['values'] };
  }
  /** The one value of all rows; a fault where they differ, or their number is another. */
  const one = <T>(name: string, rows: readonly T[], count: number): T | undefined => {
    const value = rows.length === count && rows.every((row) => row === rows[0]) ? rows[0] : undefined;
    if (value === undefined) faults.push(`half a transaction of ${name}: ${counted(rows).slice(0, 10).join(', ')}`);
    return value;
  };
  const states = (nodes: readonly FileNode[]) => nodes.map(({ replicas }) => replicas.map((replica) => replica.state).join('+'));
  const numbers = data.numbers.nodes.map(({ obsId, metadata }) => (obsId === metadata['crash'] ? obsId : `${obsId} beside ${JSON.stringify(metadata)}`));
  const batch = data.batch.nodes.map(({ name, replicas }) => (replicas.length === 1 ? Number(name.split('/').at(-2)) : `${name} with ${replicas.length} replicas`));
  const held = data.held ? [data.held.length, data.held.files.totalCount, data.held.length ? sizes.held : 0] : [];
  const { values: [first, ...more], missingCount } = data.huge.facet;
  const huge = [data.huge.totalCount, first?.count, sizes.huge - missingCount, data.hugeUp.totalCount || sizes.huge];
  if (first && (first.value % 2 === 0) !== data.hugeUp.totalCount > 0) huge.push(data.hugeUp.totalCount);
  one('huge', more.length ? [...huge, ...more.map(({ count }) => count)] : huge, 4);
  return { ...common, faults, values: {
    numbers: one('numbers', numbers, sizes.numbered), states: one('states', states(data.states.nodes), sizes.numbered), held: one('held', held, 3),
    batch: batch.length ? one('batch', batch, sizes.batch) : 0, huge: first?.value,
  } };
}
