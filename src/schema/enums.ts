import { registerEnumType } from 'type-graphql';

export enum Consistency { MIRROR = 'MIRROR', LIVE = 'LIVE' }
registerEnumType(Consistency, { name: 'Consistency', description: 'MIRROR answers from the indexed mirror; LIVE asks Rucio itself.' });

export enum DidType { FILE = 'FILE', DATASET = 'DATASET', CONTAINER = 'CONTAINER' }
registerEnumType(DidType, { name: 'DidType', description: 'What a data identifier names: a file, a dataset of files, or a container of datasets and containers.' });

export enum ReplicaState {
  AVAILABLE = 'AVAILABLE', UNAVAILABLE = 'UNAVAILABLE', COPYING = 'COPYING', BEING_DELETED = 'BEING_DELETED',
  BAD = 'BAD', TEMPORARY_UNAVAILABLE = 'TEMPORARY_UNAVAILABLE',
}
registerEnumType(ReplicaState, { name: 'ReplicaState', description: "State of a copy, in Rucio's words." });

export enum RseType { DISK = 'DISK', TAPE = 'TAPE' }
registerEnumType(RseType, { name: 'RseType', description: 'Kind of storage medium.' });

export enum RuleState {
  REPLICATING = 'REPLICATING', OK = 'OK', STUCK = 'STUCK', SUSPENDED = 'SUSPENDED', WAITING_APPROVAL = 'WAITING_APPROVAL', INJECT = 'INJECT',
}
registerEnumType(RuleState, { name: 'RuleState', description: "State of a replication rule, in Rucio's words." });

export enum OrderDirection { ASC = 'ASC', DESC = 'DESC' }
registerEnumType(OrderDirection, { name: 'OrderDirection', description: 'Ascending or descending; missing values come last in both.' });

export enum MirrorSource { REPLICATION = 'REPLICATION', REST = 'REST' }
registerEnumType(MirrorSource, { name: 'MirrorSource', description: "How the mirror follows Rucio: REPLICATION of its database, or a crawl of its REST interface." });

export enum MirrorState { SNAPSHOT = 'SNAPSHOT', STREAMING = 'STREAMING', CRAWLING = 'CRAWLING', STALE = 'STALE' }
registerEnumType(MirrorState, { name: 'MirrorState', description: 'What the mirror is doing: taking a SNAPSHOT, STREAMING changes, CRAWLING, or STALE because nothing follows the source.' });

export enum TruncatedBy { SNAPSHOT = 'SNAPSHOT', SET_ASIDE = 'SET_ASIDE', TIMEOUT = 'TIMEOUT', UPSTREAM = 'UPSTREAM' }
registerEnumType(TruncatedBy, { name: 'TruncatedBy', description: 'Why an answer is not all there is to say.' });
