import type { Operation } from './operation.js';

const lfn = '/ctao/acada/DL0/CTAO-North/LSTN-01/2026/03/14/TEL001_MON001_20260314T203000_SBID0000000005000000001_OBSID0000000000200000001_POINTING.fits';
const other = lfn.replace('203000', '210000').replace('200000001_POINTING', '200000002_POINTING');

/** Rucio itself beside the mirror: what both tell in the same way. */
export const live: readonly Operation[] = [
  { title: 'a file from Rucio beside files of the mirror', live: true, query: `{ file(lfn: "${lfn}", consistency: LIVE) { id name size: bytes adler32 obsId dataType telIds replicas { state rse { name dataCentre } pfns { url domain } } } files(first: 3) { nodes { lfn replicas { state } } totalCount } }` },
  { title: 'the same file both ways', live: true, query: `query ($c: Consistency!) { a: file(lfn: "${lfn}", consistency: $c) { ...F } b: file(lfn: "${lfn}") { ...F } } fragment F on File { __typename lfn x: scope metadata(keys: ["obs_id", "data_level"]) checksums { type checksum } parents { __typename id name } rules { ruleId state copies rseExpression } }`, variables: [{ c: 'LIVE' }, { c: 'MIRROR' }] },
  { title: 'many files from Rucio', live: true, query: `{ filesByLfn(lfns: ["${other}", "/ctao/acada/none", "${lfn}"], consistency: LIVE) { found { lfn bytes replicas(state: [AVAILABLE], rse: "OFFSITE") { rse { name attributes } } } missing completeness { complete } } rses { name } }` },
  { title: 'what Rucio does not know, and a bad name', live: true, query: `{ none: file(lfn: "/ctao/acada/none", consistency: LIVE) { lfn } bad: file(lfn: "no name", consistency: LIVE) { lfn } good: file(lfn: "${lfn}") { lfn } }` },
  { title: 'from a file in Rucio to its dataset in the mirror', live: true, query: `{ file(lfn: "${lfn}", consistency: LIVE) { parents { id ... on Dataset { length bytes files(first: 2) { nodes { lfn } totalCount } } parents { id } } } mirror { setAside } }` },
  { title: 'a page that fails beside a file of Rucio', live: true, query: `{ file(lfn: "${lfn}", consistency: LIVE) { lfn } files(first: 0) { totalCount } }` },
];
