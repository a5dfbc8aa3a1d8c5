import type { Operation } from './operation.js';

const page = '{ nodes { lfn obsId startTime bytes } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }';
const info = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const forward = { variable: 'after', cursor: ['files', 'pageInfo', 'endCursor'] };
const files = (title: string, args: string): Operation => ({ title, query: `query ($after: String) { files(${args}, after: $after) ${page} }`, follow: forward });
const walk = (field: string) => `walk by ${field}`;

/** Pages in both directions, orders, connections at the root and below, counts and facets. */
export const pages: readonly Operation[] = [
  files('walk by name', 'first: 100'),
  files(walk('a key with missing values'), 'first: 90, orderBy: [{ field: OBS_ID }]'), files(walk('the same downwards'), 'first: 90, orderBy: [{ field: OBS_ID, direction: DESC }]'),
  files(walk('three keys, up and down'), 'first: 80, orderBy: [{ field: START_TIME, direction: DESC }, { field: SUBARRAY_ID }, { field: BYTES, direction: DESC }]'),
  files(walk('equal keys alone'), 'first: 100, orderBy: [{ field: UPDATED_AT }, { field: CREATED_AT, direction: DESC }], where: { scope: { in: ["odd", "more"] } }'),
  files(walk('name first'), 'first: 100, orderBy: [{ field: NAME, direction: DESC }]'), files(walk('a key said twice'), 'first: 150, orderBy: [{ field: BYTES }, { field: BYTES, direction: DESC }, { field: NAME }]'),
  files('walk with a filter', 'first: 7, where: { metadata: [{ key: "odd", isNull: false }], within: "/ctao/odd/c0" }, orderBy: [{ field: END_TIME }]'),
  // Long files and others are merged; so are the values of a list.
  files('walk through a time by name', 'first: 9, where: { time: { overlaps: { from: "2026-03-14T20:30:00Z", to: "2026-03-14T22:00:00Z" } }, bytes: { gte: 0 } }'),
  files('walk through a time by its start', 'first: 9, where: { time: { overlaps: { from: "2026-03-14T20:30:00Z", to: "2026-03-14T22:00:00Z" } } }, orderBy: [{ field: START_TIME }]'),
  files('walk through a time by its end, down', 'first: 9, where: { time: { overlaps: { from: "2026-03-14T00:00:00Z", to: "2026-03-14T22:00:00Z" } } }, orderBy: [{ field: END_TIME, direction: DESC }, { field: BYTES }]'),
  files('walk through a time by a key with missing values', 'first: 9, where: { time: { overlaps: { from: "2026-03-14T20:30:00Z", to: "2026-03-15T22:00:00Z" } } }, orderBy: [{ field: OBS_ID }]'),
  files('walk through several types', 'first: 20, where: { dataType: { in: ["monitoring", "DL0", "DL1", "log", "log"], ne: "log" }, scope: { ne: "more" } }'),
  { title: 'walk backwards through several observations', query: `query ($before: String) { files(last: 5, before: $before, where: { obsId: { in: [200000002, 200000009, 7, 0] } }) ${page} }`, follow: { variable: 'before', cursor: ['files', 'pageInfo', 'startCursor'] } },
  { title: 'walk backwards', query: `query ($before: String) { files(last: 120, before: $before, orderBy: [{ field: SB_ID, direction: DESC }, { field: CHUNK_ID }]) ${page} }`, follow: { variable: 'before', cursor: ['files', 'pageInfo', 'startCursor'] } },
  { title: 'walk backwards by name', query: `query ($before: String) { files(last: 200, before: $before) ${page} }`, follow: { variable: 'before', cursor: ['files', 'pageInfo', 'startCursor'] } },
  { title: 'between two cursors', query: `query ($after: String, $before: String) { files(first: 10, after: $after, before: $before, orderBy: [{ field: OBS_ID }]) ${page} }`, follow: { variable: 'before', cursor: ['files', 'edges', 8, 'cursor'], pages: 3 } },
  { title: 'the last before the end of a stretch', query: `query ($after: String) { files(last: 5, after: $after, orderBy: [{ field: START_TIME }]) ${page} }`, follow: { ...forward, cursor: ['files', 'pageInfo', 'startCursor'], pages: 3 } },
  { title: 'without first', query: `{ files(where: { scope: { eq: "odd" } }) { nodes { lfn } ${info} } }` },
  { title: 'null for every argument', query: '{ files(first: null, last: null, after: null, before: null, where: null, orderBy: null) { nodes { lfn } totalCount } }' },
  { title: 'an empty answer', query: `{ files(where: { obsId: { eq: 1 } }, first: 5) { nodes { lfn replicas { state } } edges { cursor } ${info} totalCount totalBytes facet(field: "dataType") { values { value } otherCount missingCount } completeness { complete truncatedBy position asOf } } rses(expression: "*") { name } datasets(where: { scope: { eq: "none" } }) { nodes { name } ${info} totalCount } }` },
  { title: 'counts without nodes', query: '{ files { totalCount totalBytes completeness { complete asOf truncatedBy } } datasets { totalCount } containers { totalCount } rules { totalCount } }' },
  { title: 'facets', query: `query ($where: FileFilter, $limit: Int = 20) { files(where: $where) { totalCount ${['dataType', 'dataLevel', 'telIds', 'obsId', 'startTime', 'release', 'observingNight'].map((name) => `${name}: facet(field: "${name}", limit: $limit) { field values { value count } otherCount missingCount }`).join(' ')} } }`, variables: [{}, { where: { scope: { eq: 'odd' } }, limit: 2 }, { where: { telIds: { containsAny: [1] } }, limit: 1 }, { where: { obsId: { eq: 1 } } }, { limit: null }] },
  { title: 'facets with their own limits', query: '{ files(first: 1) { a: facet(field: "telIds", limit: 1) { values { value } otherCount } b: facet(field: "telIds") { v: values { count value } } nodes { telIds } } }' },
  { title: 'files of a dataset', query: `query ($after: String, $name: String!, $order: [FileOrder!], $where: FileFilter) { did(scope: "odd", name: $name) { ... on Dataset { length bytes files(first: 30, after: $after, orderBy: $order, where: $where) { ...P } } } } fragment P on FileConnection ${page}`,
    variables: [{ name: '/ctao/odd/d1' }, { name: '/ctao/odd/d4', order: [{ field: 'OBS_ID', direction: 'DESC' }] }, { name: '/ctao/odd/d4', where: { scope: { eq: 'more' } } }, { name: '/ctao/odd/d3' }], follow: { variable: 'after', cursor: ['did', 'files', 'pageInfo', 'endCursor'] } },
  { title: 'files of many datasets', query: `{ datasets(first: 50) { nodes { name length bytes isOpen files(first: 3, orderBy: [{ field: BYTES, direction: DESC }]) { nodes { bytes lfn } edges { cursor } ${info} totalCount totalBytes facet(field: "dataLevel", limit: 2) { values { value count } otherCount missingCount } completeness { complete } } } } }` },
  { title: 'children of a container', query: `query ($after: String, $name: String!) { did(scope: "odd", name: $name) { ... on Container { children(first: 2, after: $after) { nodes { id __typename ... on Dataset { length } } edges { cursor node { name } } ${info} totalCount } } } }`, variables: [{ name: '/ctao/odd/c0' }, { name: '/ctao/odd/c4' }], follow: { variable: 'after', cursor: ['did', 'children', 'pageInfo', 'endCursor'] } },
  { title: 'children four levels deep', query: `{ did(scope: "odd", name: "/ctao/odd/c0") { ...C ... on Container { children(first: 8) { nodes { ...C ... on Container { children(first: 8) { edges { node { ...C ... on Container { children(first: 8) { nodes { ...C ... on Container { children(first: 8) { nodes { ...C } } } } } } } } } } } } } } } fragment C on Did { name rules { state } parents { name } }` },
  { title: 'datasets and containers by pages', query: `query ($after: String) { datasets(first: 9, after: $after) { edges { cursor node { id } } ${info} totalCount } }`, follow: { variable: 'after', cursor: ['datasets', 'pageInfo', 'endCursor'] } },
  { title: 'containers by pages', query: `query ($after: String) { containers(first: 20, after: $after, where: { not: { name: { like: "%/c_" } } }) { nodes { name createdAt } edges { cursor node { id } } ${info} totalCount } }`, follow: { variable: 'after', cursor: ['containers', 'pageInfo', 'endCursor'] } },
  { title: 'rules by pages', query: `query ($after: String) { rules(first: 10, after: $after) { nodes { id createdAt } edges { cursor node { ruleId } } ${info} totalCount } }`, follow: { variable: 'after', cursor: ['rules', 'pageInfo', 'endCursor'] } },
  { title: 'edges and nodes at once, each with its own selection', query: '{ files(first: 3) { edges { node { lfn replicas { state } } c: cursor cursor } nodes { bytes rules { id } } pageInfo { a: startCursor b: startCursor } } }' },
];
