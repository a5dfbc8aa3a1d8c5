/** What a field costs beside its column and the objects below it. */
export interface Price {
  /** Once for each object that has the field. */
  readonly points?: number;
  /** Objects or values below: how many a list has on the average, or those of the page that the connection around it gives. */
  readonly rows?: number | 'page';
  /** Added where Rucio itself is asked: a call, or its share of one. */
  readonly live?: number;
}

/*
 * One point is about a tenth of a millisecond of processor time, of the server and Postgres together. docs/security.md says how they were fitted to what is measured.
 */

/** Each operation: parsing, planning, the answer's head. */
export const OPERATION = 5;
/** A plain value. */
export const COLUMN = 0.005;
/** An object, whatever is selected of it. */
export const objectPoints: Readonly<Record<string, number>> = { File: 0.1, Pfn: 0.05, Replica: 0.02, Rse: 0.01 };
export const OBJECT = 0.03;

/** For each 1,000 bytes of an argument: bound, sent and compared. */
export const KILOBYTE = 0.5;
/** Each condition or value that an argument has. */
export const VALUE = 0.02;
/** A condition that no index serves, so that many rows may be looked at. */
export const SCAN = 200;
/** Sorting the files that fit, for an order that no index has: of some thousand of one value, of those that share a common one, of all. One operation can pay for one of all. */
export const SORT = { few: 5, part: 1500, all: 15_000 } as const;
/** Parts of a filter that are subqueries. */
export const SUBQUERY = 5;

/** A number, sum or facet of all files that fit: where an index picks them, and where nothing does. */
export const totals: Readonly<Record<string, { readonly bounded: number; readonly free: number }>> = {
  totalCount: { bounded: 5, free: 500 }, totalBytes: { bounded: 10, free: 1000 }, facet: { bounded: 150, free: 1500 },
};

/** Fields that are not just a column: every list must say how many it has. */
export const prices: Readonly<Record<string, Price>> = {
  'Query.files': { points: 2 }, 'Query.datasets': { points: 2 }, 'Query.containers': { points: 2 }, 'Query.rules': { points: 2 },
  'Query.file': { points: 1, live: 50 }, 'Query.did': { points: 2 }, 'Query.node': { points: 2 }, 'Query.rse': { points: 2 }, 'Query.rule': { points: 2 },
  'Query.filesByLfn': { points: 1, live: 50 }, 'FilesByLfn.found': { rows: 'page', live: 20 }, 'FilesByLfn.missing': { rows: 'page' },
  'Query.rses': { points: 2, rows: 50 }, 'Query.fields': { rows: 20 }, 'Query.mirror': { points: 2 },
  'Did.metadata': { points: 0.03 }, 'File.metadata': { points: 0.03 }, 'Dataset.metadata': { points: 0.03 }, 'Container.metadata': { points: 0.03 },
  'File.checksums': { rows: 2 }, 'File.replicas': { points: 0.02, rows: 3, live: 20 }, 'Replica.pfns': { points: 0.03, rows: 4 },
  'File.rules': { points: 0.1, rows: 2, live: 20 }, 'File.parents': { points: 0.05, rows: 2, live: 20 }, 'File.telIds': { rows: 5 },
  'Did.rules': { points: 0.1, rows: 2, live: 20 }, 'Did.parents': { points: 0.05, rows: 2, live: 20 },
  'Dataset.rules': { points: 0.1, rows: 2 }, 'Dataset.parents': { points: 0.05, rows: 2 }, 'Dataset.length': { points: 2 }, 'Dataset.bytes': { points: 5 }, 'Dataset.files': { points: 1 },
  'Container.rules': { points: 0.1, rows: 2 }, 'Container.parents': { points: 0.05, rows: 2 }, 'Container.children': { points: 1 },
  'Rule.locksOkCnt': { points: 2 }, 'Rule.locksReplicatingCnt': { points: 2 }, 'Rule.locksStuckCnt': { points: 2 }, 'Rule.error': { points: 2 },
  'Rse.protocols': { rows: 4 }, 'Rse.usage': { rows: 3 }, 'Facet.values': { rows: 'page' }, 'FileConnection.completeness': { points: 0.5 }, 'FilesByLfn.completeness': { points: 0.5 },
  'DatasetConnection.totalCount': { points: 20 }, 'ContainerConnection.totalCount': { points: 20 }, 'RuleConnection.totalCount': { points: 20 }, 'DidConnection.totalCount': { points: 20 },
  'MetadataField.aliases': { rows: 1 }, 'MetadataField.operators': { rows: 8 }, 'Viewer.groups': { rows: 10 }, 'Viewer.scopes': { rows: 10 },
  'Mutation.addRule': { points: 500 }, 'AddRulePayload.rules': { rows: 10 }, 'Mutation.declareBad': { points: 500 }, 'DeclareBadPayload.declared': { rows: 10 }, 'DeclareBadPayload.refused': { rows: 10 },
  ...Object.fromEntries(['File', 'Dataset', 'Container', 'Did', 'Rule'].flatMap((type) => ['nodes', 'edges'].map((field) => [`${type}Connection.${field}`, { rows: 'page' as const }]))),
  'Query.__schema': { points: 10 }, '__Schema.types': { rows: 70 }, '__Schema.directives': { rows: 6 }, '__Type.fields': { rows: 8 }, '__Type.interfaces': { rows: 1 }, '__Type.possibleTypes': { rows: 1 },
  '__Type.enumValues': { rows: 2 }, '__Type.inputFields': { rows: 3 }, '__Field.args': { rows: 1 }, '__Directive.args': { rows: 1 }, '__Directive.locations': { rows: 3 },
};
