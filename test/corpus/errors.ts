import type { Operation } from './operation.js';

const cursor = (list: string) => ['x', '', 'AAAA', 'bnVsbA', 'W10', Buffer.from('["0000000000000000",null,"odd","x"]').toString('base64url')].map((after) => ({ after, list }));

/** What is refused, where it is told, and what becomes of the rest. */
export const errors: readonly Operation[] = [
  { title: 'no GraphQL', query: '{ files(' },
  { title: 'fields, arguments and types that are not there', query: '{ files { nothing } nothing rse(wrong: 1) { name } ... on File { lfn } }' },
  { title: 'a leaf with selections, and an object without', query: '{ files { nodes totalCount { x } } }' },
  { title: 'fragments in a circle, and unused ones', query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A } fragment C on File { lfn }' },
  { title: 'one key for two fields', query: '{ files(first: 1) { nodes { a: lfn a: bytes } } }' },
  { title: 'literals of the wrong type', query: '{ files(first: "x", where: { obsId: { eq: 1.5 }, startTime: { eq: "yesterday" } }) { totalCount } file(lfn: 5) { lfn } }' },
  { title: 'integers beyond 64 bits', query: '{ files(where: { bytes: { eq: 9223372036854775808 } }) { totalCount } }' },
  { title: 'a bad name beside good fields', query: '{ a: file(lfn: "no name") { lfn } good: file(lfn: "/ctao/odd/part-1/file-0001.fits") { lfn } b: file(lfn: "more:/ctao/odd/x") { bytes } rse(name: "BARE") { name } }' },
  { title: 'a bad name beside nothing else', query: '{ file(lfn: "no name") { lfn } }' },
  { title: 'a bad name in a list', query: '{ filesByLfn(lfns: ["/ctao/odd/x", "no name"]) { missing } }' },
  { title: 'a bad size of a page, which takes all with it', query: 'query ($first: Int, $last: Int) { file(lfn: "/ctao/odd/part-1/file-0001.fits") { lfn } files(first: $first, last: $last) { nodes { lfn } } }', variables: [{ first: 0 }, { first: -1 }, { first: 1001 }, { last: 0 }, { last: 1001 }, { first: 1, last: 1 }, { first: 1 }, { first: null, last: 2 }] },
  { title: 'a bad size under an alias', query: '{ rse(name: "BARE") { name } mine: datasets(first: 0) { totalCount } }' },
  { title: 'bad cursors', query: 'query ($after: String!) { files(after: $after, first: 1) { nodes { lfn } } }', variables: cursor('files').map(({ after }) => ({ after })) },
  { title: 'bad cursors of other lists', query: 'query ($after: String!) { containers(after: $after) { nodes { name } } }', variables: cursor('containers').map(({ after }) => ({ after })) },
  { title: 'a cursor with another filter', query: 'query ($after: String, $where: FileFilter) { files(first: 3, after: $after, where: $where) { nodes { lfn } pageInfo { endCursor } } }', variables: [{ where: { scope: { eq: 'odd' } } }], follow: { variable: 'after', cursor: ['files', 'pageInfo', 'endCursor'], then: { where: { scope: { ne: 'odd' } } }, pages: 2 } },
  { title: 'a cursor with another order', query: 'query ($after: String, $order: [FileOrder!]) { files(first: 3, after: $after, orderBy: $order) { nodes { lfn } pageInfo { endCursor } } }', variables: [{ order: [{ field: 'BYTES' }] }], follow: { variable: 'after', cursor: ['files', 'pageInfo', 'endCursor'], then: { order: [{ field: 'BYTES', direction: 'DESC' }] }, pages: 2 } },
  { title: 'a cursor of another list', query: 'query ($after: String) { files(first: 2) { pageInfo { endCursor } } datasets(after: $after) { totalCount nodes { name } } }', follow: { variable: 'after', cursor: ['files', 'pageInfo', 'endCursor'], pages: 2 } },
  { title: 'a cursor of another dataset', query: 'query ($after: String, $name: String!) { did(scope: "odd", name: $name) { ... on Dataset { files(first: 2, after: $after) { nodes { lfn } pageInfo { endCursor } } } } }', variables: [{ name: '/ctao/odd/d1' }], follow: { variable: 'after', cursor: ['did', 'files', 'pageInfo', 'endCursor'], then: { name: '/ctao/odd/d4' }, pages: 2 } },
  { title: 'a cursor of another dataset, beside a good field', query: 'query ($after: String, $name: String!) { good: rse(name: "BARE") { name } did(scope: "odd", name: $name) { ... on Dataset { files(first: 2, after: $after) { nodes { lfn } pageInfo { endCursor } } } } }', variables: [{ name: '/ctao/odd/d1' }], follow: { variable: 'after', cursor: ['did', 'files', 'pageInfo', 'endCursor'], then: { name: '/ctao/odd/d4' }, pages: 2 } },
  { title: 'the same cursor with a larger page and other fields', query: 'query ($after: String, $first: Int = 2, $more: Boolean = false) { files(first: $first, after: $after) { nodes { lfn bytes @include(if: $more) } pageInfo { endCursor } } }', follow: { variable: 'after', cursor: ['files', 'pageInfo', 'endCursor'], then: { first: 50, more: true }, pages: 2 } },
  { title: 'bad filters', query: 'query ($where: FileFilter) { rse(name: "BARE") { name } files(where: $where) { totalCount } }', variables: [{ obsId: {} }, { and: [null] }, { not: null }, { scope: { in: null } }, { metadata: [{ key: 'x' }] }, { metadata: [{ key: 'x', eq: null }] }, { metadata: [{ eq: 1 }] }, { replica: {} }, { replica: { rse: 'NONE' } }, { replica: { rse: '((' } }, { replica: { minDataCentres: null } }, { within: 'no name' }, { within: null }, { name: { like: '%a%b%c%d%' } }, { nothing: { eq: 1 } }, { time: {} }, { time: { overlaps: { from: '2026-01-01T00:00:00Z' } } }, { metadata: [{ key: 'x', in: [null] }] }, { metadata: [{ key: 'x', like: '%%%%' }] }].map((where) => ({ where })) },
  { title: 'a text that Postgres cannot hold', query: 'query ($text: String!) { files(where: { name: { eq: $text } }) { totalCount } }', variables: [{ text: 'a\u0000b' }, { text: '\ud800' }], refused: 'BAD_USER_INPUT' },
  { title: 'bad facets', query: 'query ($field: String!, $limit: Int) { files { facet(field: $field, limit: $limit) { values { value } } } }', variables: [{ field: 'nothing' }, { field: 'dataType', limit: 0 }, { field: 'dataType', limit: 1001 }, { field: 'scope' }, { field: '' }, { field: 'dataType', limit: 1 }] },
  { title: 'something bad deep below', query: '{ rse(name: "BARE") { name } did(scope: "odd", name: "/ctao/odd/d1") { name ... on Dataset { files(first: 0) { totalCount } } } }' },
  { title: 'an expression that fits nothing, below', query: '{ rse(name: "BARE") { name } file(lfn: "/ctao/odd/part-1/file-0001.fits") { lfn replicas(rse: "NONE") { state } } }' },
];
