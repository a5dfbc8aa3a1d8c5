/** Queries that answer on the demo's archive. */
export const examples: readonly { readonly title: string; readonly query: string }[] = [
  { title: 'One observation\'s monitoring files, with their replicas', query: '{ files(where: {dataType: {eq: "monitoring"}, obsId: {eq: 200000002}}, first: 50) { nodes { lfn bytes adler32 metadata replicas { rse { name } state } } totalCount } }' },
  { title: 'DL0 files that a tape holds', query: '{ files(where: {dataLevel: {eq: "DL0"}, replica: {rse: "PIC-TAPE", state: [AVAILABLE]}}, first: 5) { nodes { lfn } totalCount } }' },
  { title: 'Off-site storage and how full it is', query: '{ rses(expression: "OFFSITE") { name dataCentre type usage { files used } } }' },
  { title: 'Rules that wait', query: '{ rules(where: {state: [REPLICATING, STUCK]}, first: 10) { nodes { name rseExpression state error } } }' },
  { title: 'How current the answers are', query: '{ mirror { state lagSeconds asOf } }' },
];
