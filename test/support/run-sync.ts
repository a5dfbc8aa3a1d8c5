export { runSync } from '../../src/daemons/sync.js';
export { restSource } from '../../src/services/crawl/rest-source.js';
export { replicationSource } from '../../src/services/sync/replication-source.js';
