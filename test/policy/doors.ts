import type { Tables } from '../support/naive/tables.js';
import { absent, collectionFilter, fileFilter } from './filters.js';
import type { Random } from './random.js';

/** One question through one root field, in parts that can be left out. */
export interface Question {
  readonly field: string;
  readonly args: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  readonly selection: readonly string[];
  /** It asks Rucio itself. */
  readonly live?: boolean;
  /** Names of what is asked for, and the same for one that is not there. */
  readonly twin?: readonly [name: string, absent: string];
}

const told = 'locksOkCnt locksReplicatingCnt locksStuckCnt error';
const rule = `rules { ruleId scope name state ${told} }`;
const parents = 'parents { __typename id name ... on Dataset { length bytes } rules { ruleId } parents { id } }';
const file = ['lfn', 'scope account', 'bytes adler32', 'dataType obsId endTime', 'replicas { state rse { name attributes usage { source used } } }', rule, parents];
const liveParents = 'parents { id ... on Dataset { length bytes files(first: 3) { totalCount totalBytes nodes { lfn } } } ... on Container { children(first: 3) { totalCount nodes { id } } } rules { ruleId name } parents { id } }';
const page = ['totalCount', 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'];
const files = [...page, 'totalBytes', 'facet(field: "dataType", limit: 3) { values { value count } otherCount missingCount }', 'tels: facet(field: "telIds") { values { value count } missingCount }', 'completeness { complete }',
  `nodes { lfn bytes ${parents} }`, `edges { cursor node { lfn ${rule} } }`];
const dataset = ['name scope account', 'length', 'bytes', rule, 'parents { id }', 'files(first: 3) { totalCount totalBytes nodes { lfn } facet(field: "dataLevel") { values { value count } } }', 'some: files(first: 2, where: { bytes: { gt: 1 } }) { edges { cursor node { lfn } } }'];
const container = ['name scope account', rule, 'parents { id }', 'children(first: 5) { totalCount nodes { __typename id name ... on Dataset { length } } pageInfo { hasNextPage } }'];
const onTypes = [`__typename`, `... on File { ${file.join(' ')} }`, `... on Dataset { ${dataset.join(' ')} }`, `... on Container { ${container.join(' ')} }`];
const rse = ['name', 'dataCentre', 'attributes', 'usage { source used free files }', 'protocols { scheme }'];

const pageArgs = (random: Random) => ({ [random.chance(0.8) ? 'first' : 'last']: { type: 'Int', value: random.pick([1, 2, 5, 20]) } });
const orders = ['NAME', 'BYTES', 'CREATED_AT', 'OBS_ID', 'START_TIME', 'END_TIME'];
const typeName = { DATASET: 'Dataset', CONTAINER: 'Container' } as Readonly<Record<string, string>>;
const isLfn = ({ name }: { readonly name: string }) => /^\/[A-Za-z0-9][A-Za-z0-9/._-]*$/.test(name);
/** Ids of rows that only the mirror has. */
const OWN = 1_000_000n;

/** How each root field is asked. A new root field must have its own: the tests compare this with the schema. */
export const doors: Readonly<Record<string, (random: Random, tables: Tables) => Omit<Question, 'field'>>> = {
  file(random, { file: rows }) {
    const live = random.chance(0.4);
    const row = random.pick(rows.filter((one) => isLfn(one) && (!live || one.id < OWN)));
    const name = random.chance(0.85) ? row.name : absent(row);
    return { live, twin: [row.name, absent(row)], args: { lfn: { type: 'LFN!', value: name }, ...(live && { consistency: { type: 'Consistency!', value: 'LIVE' } }) },
      selection: live ? random.some(['lfn', 'scope bytes', `rules { ruleId name ${told} }`, liveParents, 'replicas { state rse { name } }'], 2) : random.some(file, 2) };
  },
  filesByLfn(random, { file: rows }) {
    const live = random.chance(0.4);
    const some = random.some(rows.filter((one) => isLfn(one) && (!live || one.id < OWN)), 2);
    return { live, args: { lfns: { type: '[LFN!]!', value: [...some.map(({ name }) => name), absent(some[0]!)] }, ...(live && { consistency: { type: 'Consistency!', value: 'LIVE' } }) }, selection: ['found { lfn bytes rules { ruleId } }', 'missing'] };
  },
  files(random, tables) {
    const order: Question['args'] = random.chance(0.4) ? { orderBy: { type: '[FileOrder!]', value: [{ field: random.pick(orders), direction: random.pick(['ASC', 'DESC']) }] } } : {};
    return { args: { ...(random.chance(0.85) && { where: { type: 'FileFilter', value: fileFilter(random, tables) } }), ...order, ...pageArgs(random) }, selection: random.some(files, 2) };
  },
  did(random, { file: rows, collection }) {
    const row = random.pick<{ scope: string; name: string }>(random.chance(0.5) ? rows : collection);
    return { twin: [row.name, absent(row)], args: { scope: { type: 'String!', value: row.scope }, name: { type: 'String!', value: random.chance(0.9) ? row.name : absent(row) } }, selection: ['__typename id didType', ...onTypes.slice(1)] };
  },
  datasets: (random, tables) => ({ args: { ...(random.chance(0.6) && { where: { type: 'DidFilter', value: collectionFilter(random, tables) } }), first: { type: 'Int', value: random.pick([1, 3, 50]) } }, selection: [...random.some(page), `nodes { ${random.some(dataset).join(' ')} }`] }),
  containers: (random, tables) => ({ args: { ...(random.chance(0.6) && { where: { type: 'DidFilter', value: collectionFilter(random, tables) } }), first: { type: 'Int', value: random.pick([1, 3, 50]) } }, selection: [...random.some(page), `nodes { ${random.some(container).join(' ')} }`] }),
  rses: (random) => ({ args: { ...(random.chance(0.5) && { expression: { type: 'String', value: random.pick(['OFFSITE', 'tier=1', 'site=ODD', 'secret=hidden']) } }) }, selection: random.some(rse, 2) }),
  rse: (random, tables) => ({ args: { name: { type: 'String!', value: random.pick(tables.rse).name } }, selection: rse }),
  rule(random, tables) {
    const id = random.pick(tables.rule).id.replaceAll('-', '');
    return { args: { id: { type: 'ID!', value: random.chance(0.5) ? id : `Rule:${id}` } }, selection: ['ruleId scope name', 'account state rseExpression', told] };
  },
  rules: (random, tables) => ({ args: { ...(random.chance(0.6) && { where: { type: 'RuleFilter', value: { scope: { eq: random.pick(tables.rule).scope } } } }), ...pageArgs(random) }, selection: [...random.some(page), `nodes { ruleId scope name account ${told} }`] }),
  node(random, { file: rows, collection, rule: rules, rse: rses }) {
    const row = random.pick<{ scope: string; name: string; did_type?: string }>(random.chance(0.5) ? rows : collection);
    const id = random.chance(0.1) ? `Rse:${random.pick(rses).name}` : random.chance(0.2) ? `Rule:${random.pick(rules).id.replaceAll('-', '')}`
      : `${row.did_type === undefined ? 'File' : typeName[row.did_type]!}:${row.scope}:${random.chance(0.9) ? row.name : absent(row)}`;
    return { twin: [row.name, absent(row)], args: { id: { type: 'ID!', value: id } }, selection: [...onTypes, `... on Rule { ruleId name ${told} }`, '... on Rse { name usage { used } }'] };
  },
  fields: () => ({ args: {}, selection: ['name', 'key', 'operators'] }),
  limits: () => ({ args: {}, selection: ['pageSize', 'depth'] }),
  mirror: () => ({ args: {}, selection: ['source', 'setAside', 'asOf'] }),
  viewer: () => ({ args: {}, selection: ['subject', 'issuer', 'account', 'groups', 'scopes'] }),
};

/** Doors that say the same whatever is hidden: they are asked less often than the others. */
export const constantDoors = ['fields', 'limits', 'mirror', 'viewer'];

/** Ways into the server, and why nothing of the archive leaks through those that are for all. */
export const serverDoors: Readonly<Record<string, string>> = {
  '/graphql': 'asked by these tests',
  '/healthz': 'says that the process lives',
  '/readyz': 'says whether the mirror can be read',
  '/metrics': 'sums over the mirror as a whole, for operators',
  '/auth/session': 'says who one is oneself', '/auth/login': 'leads to the issuer', '/auth/callback': 'comes from the issuer', '/auth/logout': 'ends a session',
  '/': 'a page', '/graphiql': 'a page', '/graphiql/*': 'a page',
};

/** The request of a question. */
export function requestOf({ field, args, selection }: Omit<Question, 'live'>, more: Question['args'] = {}): { query: string; variables: Record<string, unknown> } {
  const all = { ...args, ...more };
  const names = Object.keys(all);
  const declared = names.map((name) => `$${name}: ${all[name]!.type}`).join(', ');
  const given = names.map((name) => `${name}: $${name}`).join(', ');
  return { query: `query ${declared && `(${declared})`} { ${field}${given && `(${given})`} { ${selection.join(' ')} } }`, variables: Object.fromEntries(names.map((name) => [name, all[name]!.value])) };
}
