import { hash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { ConfigError, type Config } from './config.js';
import { createAccounts } from './auth/accounts.js';
import { openPolicy } from './auth/open-policy.js';
import type { Authenticate } from './auth/authenticate.js';
import type { Policy } from './auth/policy.js';
import { createPolicyTable } from './auth/policy-table.js';
import type { Context } from './context.js';
import { createBuckets } from './datasources/budget/create-buckets.js';
import { budgetKey } from './domain/budget-key.js';
import type { Cache } from './datasources/cache/cache.js';
import { createMemoryCache } from './datasources/cache/memory.js';
import { createRedisCache } from './datasources/cache/redis.js';
import { createTieredCache } from './datasources/cache/tiered.js';
import { countKeyConflicts } from './datasources/mirror/key-conflicts.js';
import { createAudit } from './datasources/mirror/audit.js';
import { createMirrorPool, type MirrorPool } from './datasources/mirror/pool.js';
import { createChangeLog } from './datasources/mirror/read-change-log.js';
import { createRucio, type Rucio } from './datasources/rucio/rucio.js';
import { DipperError } from './errors.js';
import { writeRules } from './domain/access/write-rules.js';
import { isDidName, parseLfn as readLfn } from './domain/lfn.js';
import { createCertificateDoors } from './http/certificate-doors.js';
import { clientAddress } from './http/client-address.js';
import { createLiveMetrics } from './http/live-metrics.js';
import { createMetrics } from './http/metrics.js';
import { createServer, type Route } from './http/server.js';
import { createLive } from './loaders.js';
import { createShapeCheck, misfit } from './read/check-shapes.js';
import { createKnownRses } from './read/known-rses.js';
import { Mirror } from './read/mirror.js';
import { createPolicyFilterReader } from './read/policy-filter.js';
import { createPositions } from './read/position.js';
import { createReadRequests } from './read/read-requests.js';
import { createSeen, createSharesSeen } from './read/seen.js';
import { makeShapes } from './read/shapes.js';
import { packageRoot } from './package-root.js';
import { mirrorStatus } from './read/status.js';
import { makeSigningIn } from './signing-in.js';
import { away } from './http/busy.js';
import { visitOf } from './http/identify.js';
import { makeSchema } from './resolvers/schema.js';
import { createLiveReader, type ObserveRead } from './services/live/live-reader.js';
import { createWrites } from './services/writes/writes.js';

/** Parts that tests replace by their own. */
export interface Overrides {
  readonly pool?: MirrorPool;
  readonly rucio?: Rucio;
  readonly log?: Logger;
  readonly pages?: string;
  readonly authenticate?: Authenticate;
  readonly policy?: Policy;
  /** The clock that tokens are held against; milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface App {
  /** All ways into the server, for those who check them. */
  readonly routes: readonly Route[];
  /** Listens, and gives the address. */
  start(): Promise<string>;
  /** Ends what was begun, last first; waits for answers under way. */
  stop(): Promise<void>;
}

/** Of a request's time that Rucio gets: what is silent for longer is told, and counted, before the request's own time is up. */
const RUCIO_SHARE = 2 / 3;

/** Puts dipper's gateway together: the only place that knows concrete parts. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const log = overrides.log ?? pino({ level: config.logLevel });
  const undo: (() => Promise<unknown>)[] = [];
  const { limits, fields } = config;

  const pool = overrides.pool ?? createMirrorPool({
    url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: limits.timeoutSeconds,
    onError: (error) => log.warn({ err: error }, 'mirror connection lost'),
  });
  undo.push(() => pool.end());
  const rucio = overrides.rucio ?? createRucio({ ...config.rucio, timeoutMs: Math.ceil(limits.timeoutSeconds * RUCIO_SHARE * 1000) });
  undo.push(() => rucio.close());

  const parseLfn = (text: string) => readLfn(text, config.lfn);
  const shapes = makeShapes({ fields, rse: config.rse, pageSize: limits.pageSize });
  const knownRses = createKnownRses(pool, config.rse);
  const positions = createPositions(pool);
  const readRequest = createReadRequests({ fields, shapes, pageSize: limits.pageSize, parseLfn, secret: secretOf(config, log) });
  const sights = { pool, fields, parseLfn, rses: knownRses };
  const [seen, sharesSeen] = [createSeen(sights), createSharesSeen(sights)];

  const metrics = createMetrics({ status: () => mirrorStatus(pool), keyConflicts: () => countKeyConflicts(pool, fields) });
  const observe = createLiveMetrics(metrics.registry);
  const { seconds } = config.liveCache;
  const cache = seconds > 0 ? makeLiveCache(config, log, observe) : undefined;
  if (cache) undo.push(() => cache.close());
  const reader = createLiveReader({ rucio, account: config.rucio.account, changes: createChangeLog(pool), cache, seconds, observe });

  const audit = createAudit(config.mirrorUrl, (error) => log.warn({ err: error }, 'connection for the audit lost'));
  undo.push(() => audit.close());
  const writes = createWrites({
    rucio, audit, log, parseLfn, seen, mostDids: limits.listValues, rules: config.access?.writes ?? writeRules.parse({}),
    rses: async () => (await knownRses.now()).find, isDidName: (did) => isDidName(did, config.lfn),
  });
  const buckets = createBuckets({ pointsPerMinute: config.pointsPerMinute, redisUrl: config.liveCache.redisUrl, onTrouble: (err) => { if (err) log.warn({ err }, 'Redis cannot be used for budgets'); } });
  if (buckets) undo.push(async () => { buckets.close(); });

  const proxy = { sockets: new WeakSet<Socket>() };
  const { authenticate, signIn } = makeSigningIn(config, { log, now: overrides.now ?? Date.now, proxy });
  const schema = await makeSchema(fields);
  const policy = overrides.policy ?? (config.access ? policyOf(config.access) : openPolicy());

  function policyOf({ policy: rules }: NonNullable<Config['access']>): Policy {
    const readFilter = createPolicyFilterReader(schema, { fields, parseLfn });
    const table = createPolicyTable({ rules, fields, readFilter, accounts: createAccounts(rules.accounts, rucio), now: () => new Date((overrides.now ?? Date.now)()) });
    if (!table.policy) throw new ConfigError(table.problems.map((problem) => `the access file, ${problem}`));
    return table.policy;
  }
  const checkShapes = createShapeCheck(pool, { schema, shapes, fields });
  const server = await createServer({
    schema, limits, fields, timeoutSeconds: limits.timeoutSeconds, ...config.http, connections: config.poolSize, pointsPerMinute: config.pointsPerMinute, trusted: config.trusted,
    metrics, log, pages: overrides.pages ?? join(packageRoot(), 'dist', 'web'),
    async readiness() {
      const found = await Promise.all([checkShapes(), mirrorStatus(pool)]).catch((error: Error) => error);
      if (found instanceof Error) return found.message;
      const [faults, status] = found;
      if (faults.length > 0) return misfit(faults);
      return status.asOf === null ? 'The first snapshot of Rucio is not in the mirror yet.' : undefined;
    },
    signIn, authenticate: overrides.authenticate ?? authenticate, policy, proxy,
    doors: config.access?.certificates && createCertificateDoors({ rules: config.access.certificates, proxy, timeoutSeconds: limits.timeoutSeconds, maxHeaderSize: 16 * 1024 }),
    makeContext(request): Context {
      const { viewer, signal } = visitOf(request);
      const waiting = <T>(work: Promise<T>) => away(request, work);
      return {
        mirror: new Mirror({ pool, rses: knownRses, request: readRequest(viewer), positions: { ...positions, reach: (position, stop) => waiting(positions.reach(position, stop)) }, signal }),
        live: createLive({ reader, fields, rses: async () => (await knownRses.now()).find, signal, seen: seen(viewer.sight), sharesSeen: sharesSeen(viewer.sight), away: waiting }),
        viewer, writes: { addRule: (input, writer) => waiting(writes.addRule(input, writer)), declareBad: (input, writer) => waiting(writes.declareBad(input, writer)) }, writer: { viewer, signal, requestId: request.id }, spend: async (points) => buckets?.take(budgetKey(viewer, clientAddress(request, proxy)), points), limits, fields, parseLfn, signal, atLeast: request.headers['dipper-at-least']?.toString(),
      };
    },
  });
  undo.push(() => server.close(), async () => { positions.close(); });

  return {
    routes: server.routes,
    async start() {
      const faults = await checkShapes().catch(() => []); // the mirror may come up later: readiness asks again
      if (faults.length > 0) throw new DipperError('INTERNAL', misfit(faults));
      return server.listen({ host: config.host, port: config.port });
    },
    async stop() {
      for (const step of undo.reverse()) await step();
    },
  };
}

/** What signs cursors: without a setting they are good for this process alone. */
function secretOf({ secret }: Config, log: Logger): string {
  if (secret !== undefined) return secret;
  log.warn('DIPPER_SECRET is not set: cursors are good for this process alone, and end with it');
  return randomBytes(32).toString('hex');
}

/** Raised when the shape of what live answers are kept as changes, so that processes of two versions can share one Redis. */
const LIVE_FORMAT = 1;

/** Where answers of Rucio are kept: in memory, and where one is set, in a Redis that processes share if they ask the same Rucio by the same login. */
function makeLiveCache({ liveCache: { seconds, bytes, redisUrl }, rucio: { url, account, username, password } }: Config, log: Logger, observe: ObserveRead): Cache {
  const memory = createMemoryCache({ bytes, seconds });
  if (!redisUrl) return memory;
  return createTieredCache(memory, createRedisCache({
    url: redisUrl, seconds, prefix: `dipper:live:${LIVE_FORMAT}:${hash('sha256', `${url} ${account}`).slice(0, 12)}:`, secret: [url, account, username, password].join('\n'),
    onTrouble: (err) => { if (err) log.warn({ err }, 'Redis cannot be used'); else log.info('Redis is used again'); },
    onSkipped: (keys) => { observe('redis', 'error', keys); },
  }));
}
