import type { Operation } from './operation.js';

const letters = 'a'.repeat(63);

/** Aliases, merged fields, __typename. */
export const names: readonly Operation[] = [
  { title: 'aliases that are names of SQL and of the statement itself', query: `{
    page: files(first: 3) { f: nodes { o: sbId v: obsId j0: bytes t0: startTime page0: name page: scope id: name n: id k0: account m: md5 select: adler32 from: updatedAt p: createdAt row: dataType } t1: totalCount p: pageInfo { n: hasNextPage } }
    page0: files(first: 2, orderBy: [{ field: BYTES, direction: DESC }]) { v: nodes { v: bytes } }
    v: datasets(first: 2) { o: nodes { v0: name v1: id } } }` },
  { title: 'aliases of columns for other columns', query: '{ files(first: 4, orderBy: [{ field: OBS_ID }]) { nodes { start_time: endTime end_time: startTime scope: name name: scope bytes: obsId obs_id: bytes id: name metadata: account created_at: lfn } } }' },
  { title: 'aliases of columns in lists below', query: '{ files(first: 5) { nodes { rse_id: replicas { file_id: bytes state: adler32 name: state rse: state r: rse { id: name name: id deleted: type attributes: location } } } } }' },
  { title: 'an alias of 63 letters', query: `{ ${letters}: files(first: 2) { ${letters}: nodes { ${letters}: lfn ${letters.slice(1)}: bytes } } }` },
  { title: 'an alias of 64 letters at the root', query: `{ ${letters}b: files(first: 1) { nodes { lfn } } }` },
  { title: 'an alias of 64 letters below', query: `{ files(first: 1) { nodes { ${letters}b: lfn } } }`, refused: 'BAD_USER_INPUT' },
  { title: 'aliases that differ in case alone, and that JavaScript knows', query: '{ A: rses { a: name } a: rses { A: name __proto: type constructor: qos toString: dataCentre hasOwnProperty: isOffsite } }' },
  { title: 'keys of the machinery', query: '{ files(first: 1) { type: nodes { _type: id _: lfn __v: bytes found: scope this: name } } }' },
  { title: 'the same field twice is one', query: '{ files(first: 2) { nodes { lfn lfn replicas { state } replicas { rse { name } } } nodes { bytes replicas { state pfns { url } } } } files(first: 2) { totalCount } }' },
  { title: 'merged through fragments at several levels', query: `query { did(scope: "odd", name: "/ctao/odd/d1") { ...A ...B } }
    fragment A on Did { id parents { name } ... on Dataset { files(first: 2) { nodes { lfn } } } }
    fragment B on Dataset { parents { scope parents { name } } files(first: 2) { nodes { bytes } totalBytes } length }` },
  { title: 'one field with different arguments', query: `{ files(first: 4) { nodes { all: replicas { rse { name } state } bad: replicas(state: [BAD]) { rse { name } } tier: replicas(rse: "tier=1|tier=2") { state } none: replicas(state: []) { state }
    one: metadata(keys: ["odd"]) two: metadata(keys: ["odd", "a.b", "none"]) no: metadata(keys: []) every: metadata } } }` },
  { title: 'one list with different arguments', query: '{ a: files(first: 1) { nodes { lfn } } b: files(last: 1) { nodes { lfn } } c: files(first: 1, where: { scope: { eq: "odd" } }) { nodes { lfn } } d: files(first: 1, orderBy: { field: NAME, direction: DESC }) { nodes { lfn } } }' },
  { title: '__typename everywhere', query: `{ __typename kind: __typename files(first: 2) { __typename t: __typename nodes { __typename replicas { __typename rse { __typename protocols { __typename } usage { __typename } } pfns { __typename } } checksums { __typename }
    parents { __typename ... on Dataset { x: __typename } } rules { __typename } } edges { __typename cursor node { __typename lfn } } pageInfo { __typename } facet(field: "dataType") { __typename values { __typename } } completeness { __typename } }
    mirror { __typename } limits { __typename } viewer { __typename } fields { __typename } }` },
  { title: '__typename alone', query: '{ __typename }' },
  { title: '__typename alone below', query: '{ files(first: 3) { nodes { __typename } edges { node { __typename } } } datasets(first: 2) { __typename } rule(id: "none") { __typename } }' },
  { title: 'the order of keys is the order of asking', query: '{ files(first: 2) { totalCount nodes { name id scope } pageInfo { endCursor hasNextPage } } mirror { setAside state } rses { type name id } b: __typename }' },
  { title: 'introspection beside data', query: '{ __type(name: "File") { name kind fields { name type { name kind ofType { name } } } interfaces { name } } files(first: 2) { nodes { lfn replicas { state rse { name } } bytes } totalBytes } __schema { queryType { name } } }' },
];
