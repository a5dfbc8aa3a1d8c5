/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What a data identifier names: a file, a dataset of files, or a container of datasets and containers. */
export type DidType =
  | 'CONTAINER'
  | 'DATASET'
  | 'FILE';

/** How the mirror follows Rucio: REPLICATION of its database, or a crawl of its REST interface. */
export type MirrorSource =
  | 'REPLICATION'
  | 'REST';

/** What the mirror is doing: taking a SNAPSHOT, STREAMING changes, CRAWLING, or STALE because nothing follows the source. */
export type MirrorState =
  | 'CRAWLING'
  | 'SNAPSHOT'
  | 'STALE'
  | 'STREAMING';

/** State of a copy, in Rucio's words. */
export type ReplicaState =
  | 'AVAILABLE'
  | 'BAD'
  | 'BEING_DELETED'
  | 'COPYING'
  | 'TEMPORARY_UNAVAILABLE'
  | 'UNAVAILABLE';

/** Kind of storage medium. */
export type RseType =
  | 'DISK'
  | 'TAPE';

/** State of a replication rule, in Rucio's words. */
export type RuleState =
  | 'INJECT'
  | 'OK'
  | 'REPLICATING'
  | 'STUCK'
  | 'SUSPENDED'
  | 'WAITING_APPROVAL';

/** Why an answer is not all there is to say. */
export type TruncatedBy =
  | 'SET_ASIDE'
  | 'SNAPSHOT'
  | 'TIMEOUT'
  | 'UPSTREAM';

export type MonitoringFilesQueryVariables = Exact<{ [key: string]: never; }>;


export type MonitoringFilesQuery = { files: { totalCount: number, totalBytes: number, nodes: Array<{ lfn: string, bytes: number, adler32: string | null, startTime: string | null, replicas: Array<{ state: ReplicaState, rse: { name: string } }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type FileByNameQueryVariables = Exact<{ [key: string]: never; }>;


export type FileByNameQuery = { file: { scope: string, name: string, bytes: number, obsId: number | null, dataType: string | null, dataLevel: string | null, startTime: string | null, endTime: string | null, metadata: unknown, checksums: Array<{ type: string, checksum: string }>, replicas: Array<{ state: ReplicaState, rse: { name: string, dataCentre: string }, pfns: Array<{ url: string, scheme: string, domain: string, priority: number }> }>, parents: Array<
      | { didType: DidType, scope: string, name: string }
      | { didType: DidType, scope: string, name: string }
      | { didType: DidType, scope: string, name: string }
    >, rules: Array<{ rseExpression: string, copies: number, state: RuleState, locksOkCnt: number, locksReplicatingCnt: number, locksStuckCnt: number, error: string | null }> } | null };

export type FilesByNameQueryVariables = Exact<{ [key: string]: never; }>;


export type FilesByNameQuery = { filesByLfn: { missing: Array<string>, found: Array<{ lfn: string, bytes: number, adler32: string | null, replicas: Array<{ state: ReplicaState, rse: { name: string } }> }>, completeness: { complete: boolean, truncatedBy: TruncatedBy | null, asOf: string | null } } };

export type OffsiteCopiesQueryVariables = Exact<{ [key: string]: never; }>;


export type OffsiteCopiesQuery = { files: { totalCount: number, nodes: Array<{ lfn: string, bytes: number, obsId: number | null, replicas: Array<{ rse: { name: string, dataCentre: string }, pfns: Array<{ url: string, domain: string, priority: number }> }> }> } };

export type StorageElementsQueryVariables = Exact<{ [key: string]: never; }>;


export type StorageElementsQuery = { rses: Array<{ name: string, type: RseType, dataCentre: string, location: string | null, isOffsite: boolean, qos: string | null, protocols: Array<{ scheme: string, hostname: string, port: number, prefix: string }>, usage: Array<{ source: string, used: number | null, total: number | null, free: number | null, files: number | null }> | null }> };

export type MirrorAndFieldsQueryVariables = Exact<{ [key: string]: never; }>;


export type MirrorAndFieldsQuery = { mirror: { source: MirrorSource, state: MirrorState, asOf: string | null, lagSeconds: number | null, setAside: number }, fields: Array<{ name: string, key: string, aliases: Array<string>, type: string, description: string, operators: Array<string>, indexed: boolean, sortable: boolean }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const MonitoringFilesDocument = new TypedDocumentString(`
    query MonitoringFiles {
  files(where: {dataType: {eq: "monitoring"}, obsId: {eq: 200000002}}, first: 50) {
    totalCount
    totalBytes
    nodes {
      lfn
      bytes
      adler32
      startTime
      replicas {
        rse {
          name
        }
        state
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:608bc5df9628ba2eb434be3de0db5bb2cebd02b83f394f8d32a7329edd1623ea"}) as unknown as TypedDocumentString<MonitoringFilesQuery, MonitoringFilesQueryVariables>;
export const FileByNameDocument = new TypedDocumentString(`
    query FileByName {
  file(
    lfn: "/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz"
  ) {
    scope
    name
    bytes
    checksums {
      type
      checksum
    }
    obsId
    dataType
    dataLevel
    startTime
    endTime
    metadata
    replicas {
      rse {
        name
        dataCentre
      }
      state
      pfns {
        url
        scheme
        domain
        priority
      }
    }
    parents {
      didType
      scope
      name
    }
    rules {
      rseExpression
      copies
      state
      locksOkCnt
      locksReplicatingCnt
      locksStuckCnt
      error
    }
  }
}
    `, {"hash":"sha256:4bf49d54b2109e88e357c0063d5f30cc5a401019099fd45f4ff4ff0144fdf930"}) as unknown as TypedDocumentString<FileByNameQuery, FileByNameQueryVariables>;
export const FilesByNameDocument = new TypedDocumentString(`
    query FilesByName {
  filesByLfn(
    lfns: ["/ctao/acada/DL0/CTAO-North/SUB001/2026/03/14/SUB001_SWAT001_20260314T210000_SBID0000000005000000001_OBSID0000000000200000002_TRIGGER_CHUNK000.fits.fz", "/ctao/acada/DL0/CTAO-North/no-such-file.fits.fz"]
  ) {
    found {
      lfn
      bytes
      adler32
      replicas {
        rse {
          name
        }
        state
      }
    }
    missing
    completeness {
      complete
      truncatedBy
      asOf
    }
  }
}
    `, {"hash":"sha256:2858efce2704e9796084fc04074dfe8d67b616e319192c669c7773f4afaeba3e"}) as unknown as TypedDocumentString<FilesByNameQuery, FilesByNameQueryVariables>;
export const OffsiteCopiesDocument = new TypedDocumentString(`
    query OffsiteCopies {
  files(
    where: {dataType: {eq: "event"}, replica: {rse: "OFFSITE", minDataCentres: 2}}
    orderBy: [{field: BYTES, direction: DESC}]
    first: 10
  ) {
    totalCount
    nodes {
      lfn
      bytes
      obsId
      replicas(rse: "OFFSITE", state: [AVAILABLE]) {
        rse {
          name
          dataCentre
        }
        pfns {
          url
          domain
          priority
        }
      }
    }
  }
}
    `, {"hash":"sha256:7003712b69a1d7543d64bb043c8489f10f51a40525e900ee34a93178304abf33"}) as unknown as TypedDocumentString<OffsiteCopiesQuery, OffsiteCopiesQueryVariables>;
export const StorageElementsDocument = new TypedDocumentString(`
    query StorageElements {
  rses {
    name
    type
    dataCentre
    location
    isOffsite
    qos
    protocols {
      scheme
      hostname
      port
      prefix
    }
    usage {
      source
      used
      total
      free
      files
    }
  }
}
    `, {"hash":"sha256:9ccafeddfb990b0a9b9db39b9ad8afc541faddcef89c404f56f923039980b88a"}) as unknown as TypedDocumentString<StorageElementsQuery, StorageElementsQueryVariables>;
export const MirrorAndFieldsDocument = new TypedDocumentString(`
    query MirrorAndFields {
  mirror {
    source
    state
    asOf
    lagSeconds
    setAside
  }
  fields {
    name
    key
    aliases
    type
    description
    operators
    indexed
    sortable
  }
}
    `, {"hash":"sha256:10a497e842f2faf2fd6645a76244bd25bef06ea66188db0fd04d16f4404361b6"}) as unknown as TypedDocumentString<MirrorAndFieldsQuery, MirrorAndFieldsQueryVariables>;