export { runSync } from '../../src/daemons/sync.js';
export { replicationSource } from '../../src/services/sync/replication-source.js';
