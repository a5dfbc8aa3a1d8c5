/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query MonitoringFiles {\n  files(where: {dataType: {eq: \"monitoring\"}, obsId: {eq: 200000002}}, first: 50) {\n    totalCount\n    totalBytes\n    nodes {\n      lfn\n      bytes\n      adler32\n      startTime\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.MonitoringFilesDocument,
    "query FileByName {\n  file(\n    lfn: \"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\"\n  ) {\n    scope\n    name\n    bytes\n    checksums {\n      type\n      checksum\n    }\n    obsId\n    dataType\n    dataLevel\n    startTime\n    endTime\n    metadata\n    replicas {\n      rse {\n        name\n        dataCentre\n      }\n      state\n      pfns {\n        url\n        scheme\n        domain\n        priority\n      }\n    }\n    parents {\n      didType\n      scope\n      name\n    }\n    rules {\n      rseExpression\n      copies\n      state\n      locksOkCnt\n      locksReplicatingCnt\n      locksStuckCnt\n      error\n    }\n  }\n}": typeof types.FileByNameDocument,
    "query FilesByName {\n  filesByLfn(\n    lfns: [\"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\", \"/ctao/acada/DL0/CTAO-North/no-such-file.fits.fz\"]\n  ) {\n    found {\n      lfn\n      bytes\n      adler32\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    missing\n    completeness {\n      complete\n      truncatedBy\n      asOf\n    }\n  }\n}": typeof types.FilesByNameDocument,
    "query OffsiteCopies {\n  files(\n    where: {dataType: {eq: \"event\"}, replica: {rse: \"OFFSITE\", minDataCentres: 2}}\n    orderBy: [{field: BYTES, direction: DESC}]\n    first: 10\n  ) {\n    totalCount\n    nodes {\n      lfn\n      bytes\n      obsId\n      replicas(rse: \"OFFSITE\", state: [AVAILABLE]) {\n        rse {\n          name\n          dataCentre\n        }\n        pfns {\n          url\n          domain\n          priority\n        }\n      }\n    }\n  }\n}": typeof types.OffsiteCopiesDocument,
    "query StorageElements {\n  rses {\n    name\n    type\n    dataCentre\n    location\n    isOffsite\n    qos\n    protocols {\n      scheme\n      hostname\n      port\n      prefix\n    }\n    usage {\n      source\n      used\n      total\n      free\n      files\n    }\n  }\n}": typeof types.StorageElementsDocument,
    "query MirrorAndFields {\n  mirror {\n    source\n    state\n    asOf\n    lagSeconds\n    setAside\n  }\n  fields {\n    name\n    key\n    aliases\n    type\n    description\n    operators\n    indexed\n    sortable\n  }\n}": typeof types.MirrorAndFieldsDocument,
};
const documents: Documents = {
    "query MonitoringFiles {\n  files(where: {dataType: {eq: \"monitoring\"}, obsId: {eq: 200000002}}, first: 50) {\n    totalCount\n    totalBytes\n    nodes {\n      lfn\n      bytes\n      adler32\n      startTime\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.MonitoringFilesDocument,
    "query FileByName {\n  file(\n    lfn: \"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\"\n  ) {\n    scope\n    name\n    bytes\n    checksums {\n      type\n      checksum\n    }\n    obsId\n    dataType\n    dataLevel\n    startTime\n    endTime\n    metadata\n    replicas {\n      rse {\n        name\n        dataCentre\n      }\n      state\n      pfns {\n        url\n        scheme\n        domain\n        priority\n      }\n    }\n    parents {\n      didType\n      scope\n      name\n    }\n    rules {\n      rseExpression\n      copies\n      state\n      locksOkCnt\n      locksReplicatingCnt\n      locksStuckCnt\n      error\n    }\n  }\n}": types.FileByNameDocument,
    "query FilesByName {\n  filesByLfn(\n    lfns: [\"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\", \"/ctao/acada/DL0/CTAO-North/no-such-file.fits.fz\"]\n  ) {\n    found {\n      lfn\n      bytes\n      adler32\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    missing\n    completeness {\n      complete\n      truncatedBy\n      asOf\n    }\n  }\n}": types.FilesByNameDocument,
    "query OffsiteCopies {\n  files(\n    where: {dataType: {eq: \"event\"}, replica: {rse: \"OFFSITE\", minDataCentres: 2}}\n    orderBy: [{field: BYTES, direction: DESC}]\n    first: 10\n  ) {\n    totalCount\n    nodes {\n      lfn\n      bytes\n      obsId\n      replicas(rse: \"OFFSITE\", state: [AVAILABLE]) {\n        rse {\n          name\n          dataCentre\n        }\n        pfns {\n          url\n          domain\n          priority\n        }\n      }\n    }\n  }\n}": types.OffsiteCopiesDocument,
    "query StorageElements {\n  rses {\n    name\n    type\n    dataCentre\n    location\n    isOffsite\n    qos\n    protocols {\n      scheme\n      hostname\n      port\n      prefix\n    }\n    usage {\n      source\n      used\n      total\n      free\n      files\n    }\n  }\n}": types.StorageElementsDocument,
    "query MirrorAndFields {\n  mirror {\n    source\n    state\n    asOf\n    lagSeconds\n    setAside\n  }\n  fields {\n    name\n    key\n    aliases\n    type\n    description\n    operators\n    indexed\n    sortable\n  }\n}": types.MirrorAndFieldsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MonitoringFiles {\n  files(where: {dataType: {eq: \"monitoring\"}, obsId: {eq: 200000002}}, first: 50) {\n    totalCount\n    totalBytes\n    nodes {\n      lfn\n      bytes\n      adler32\n      startTime\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.js').MonitoringFilesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FileByName {\n  file(\n    lfn: \"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\"\n  ) {\n    scope\n    name\n    bytes\n    checksums {\n      type\n      checksum\n    }\n    obsId\n    dataType\n    dataLevel\n    startTime\n    endTime\n    metadata\n    replicas {\n      rse {\n        name\n        dataCentre\n      }\n      state\n      pfns {\n        url\n        scheme\n        domain\n        priority\n      }\n    }\n    parents {\n      didType\n      scope\n      name\n    }\n    rules {\n      rseExpression\n      copies\n      state\n      locksOkCnt\n      locksReplicatingCnt\n      locksStuckCnt\n      error\n    }\n  }\n}"): typeof import('./graphql.js').FileByNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FilesByName {\n  filesByLfn(\n    lfns: [\"/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz\", \"/ctao/acada/DL0/CTAO-North/no-such-file.fits.fz\"]\n  ) {\n    found {\n      lfn\n      bytes\n      adler32\n      replicas {\n        rse {\n          name\n        }\n        state\n      }\n    }\n    missing\n    completeness {\n      complete\n      truncatedBy\n      asOf\n    }\n  }\n}"): typeof import('./graphql.js').FilesByNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OffsiteCopies {\n  files(\n    where: {dataType: {eq: \"event\"}, replica: {rse: \"OFFSITE\", minDataCentres: 2}}\n    orderBy: [{field: BYTES, direction: DESC}]\n    first: 10\n  ) {\n    totalCount\n    nodes {\n      lfn\n      bytes\n      obsId\n      replicas(rse: \"OFFSITE\", state: [AVAILABLE]) {\n        rse {\n          name\n          dataCentre\n        }\n        pfns {\n          url\n          domain\n          priority\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').OffsiteCopiesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query StorageElements {\n  rses {\n    name\n    type\n    dataCentre\n    location\n    isOffsite\n    qos\n    protocols {\n      scheme\n      hostname\n      port\n      prefix\n    }\n    usage {\n      source\n      used\n      total\n      free\n      files\n    }\n  }\n}"): typeof import('./graphql.js').StorageElementsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MirrorAndFields {\n  mirror {\n    source\n    state\n    asOf\n    lagSeconds\n    setAside\n  }\n  fields {\n    name\n    key\n    aliases\n    type\n    description\n    operators\n    indexed\n    sortable\n  }\n}"): typeof import('./graphql.js').MirrorAndFieldsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
