import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readAccessFile, type AccessFile } from './domain/access/access-file.js';
import { secureAddress } from './domain/access/secure-address.js';
import { readArchiveProfile, type ArchiveProfile } from './domain/archive-profile.js';
import { readFieldRegistry } from './domain/field-registry.js';
import { LONGEST_LIVE_CACHE_SECONDS } from './domain/live-cache.js';
import type { MetadataField } from './domain/metadata-field.js';
import { readTrustedDocuments, type TrustedDocuments } from './domain/trusted-documents.js';
import { packageRoot } from './package-root.js';

const text = z.string().min(1);
const url = (...schemes: string[]) => text.refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), `is not an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
const postgres = url('postgresql:', 'postgres:');
const count = (min: number, max: number, byDefault: number) => z.coerce.number().int().min(min).max(max).default(byDefault);

const list = (isGood: (entry: string) => boolean, message: string) => z.string().default('').transform((value) => value.split(',').map((entry) => entry.trim()).filter(Boolean)).refine((entries) => entries.every(isGood), message);
const isAddress = (text: string) => {
  const [address, bits, ...rest] = text.split('/');
  const version = isIP(address!);
  return version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)));
};

const environmentSchema = z.object({
  DIPPER_HOST: text.default('127.0.0.1'),
  DIPPER_PORT: count(0, 65_535, 4000),
  DIPPER_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  DIPPER_AUTH: z.enum(['none', 'access'], 'is `none` or `access`'),
  DIPPER_ACCESS: text.default(join(packageRoot(), 'config', 'access.yaml')),
  DIPPER_PUBLIC_URL: secureAddress.refine((value) => !URL.canParse(value) || value === new URL(value).origin, 'has more than scheme, host and port'),
  DIPPER_CLIENT_SECRET: text,
  DIPPER_FIELDS: text.default(join(packageRoot(), 'config', 'fields.yaml')),
  DIPPER_PROFILE: text.default(join(packageRoot(), 'config', 'profile.yaml')),
  DIPPER_SECRET: z.string().min(32, 'has fewer than 32 letters').optional(),
  DIPPER_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DIPPER_PAGE_SIZE: count(1, 100_000, 1000),
  DIPPER_LFNS_PER_QUERY: count(1, 100_000, 1000),
  DIPPER_DEPTH: count(3, 100, 16),
  DIPPER_COST: count(10, 10_000_000, 20_000),
  DIPPER_NODES: count(100, 10_000_000, 100_000),
  DIPPER_ALIASES: count(1, 1000, 100),
  DIPPER_LIST_VALUES: count(1, 100_000, 250),
  DIPPER_TIMEOUT_SECONDS: count(1, 3600, 30),
  DIPPER_POINTS_PER_MINUTE: z.coerce.number().int().min(0).max(1e12).optional(),
  DIPPER_TRUSTED_DOCUMENTS: text,
  DIPPER_TRUSTED_DOCUMENTS_ONLY: z.enum(['true', 'false']).default('false'),
  DIPPER_REQUESTS_AT_ONCE: count(1, 100_000, 128),
  DIPPER_WATCHDOG_SECONDS: count(0, 3600, 20),
  DIPPER_CORS_ORIGINS: list((origin) => URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).origin === origin, 'is no list of origins such as https://portal.example.org, with commas between'),
  DIPPER_TRUSTED_PROXIES: list((address) => isAddress(address), 'is no list of IP addresses or networks such as 10.0.0.0/8, with commas between'),
  DIPPER_POOL_SIZE: count(1, 1000, 10),
  DIPPER_LIVE_CACHE_SECONDS: count(0, LONGEST_LIVE_CACHE_SECONDS, 10),
  DIPPER_LIVE_CACHE_MB: count(1, 100_000, 64),
  DIPPER_REDIS_URL: url('redis:', 'rediss:'),
  DATABASE_URL: postgres,
  RUCIO_URL: url('http:', 'https:'),
  RUCIO_ACCOUNT: text,
  RUCIO_USERNAME: text,
  RUCIO_PASSWORD: text,
  RUCIO_DATABASE_URL: postgres,
  DIPPER_SOURCE: z.enum(['replication', 'rest']).default('replication'),
  DIPPER_CRAWL_CONCURRENCY: count(1, 64, 4),
  DIPPER_CRAWL_RATE: count(1, 1000, 20),
  DIPPER_CRAWL_PAUSE_SECONDS: count(0, 86_400, 60),
  DIPPER_SLOT: text.regex(/^[a-z0-9_]{1,63}$/, 'is not the name of a replication slot').default('dipper'),
  DIPPER_PUBLICATION: text.regex(/^[a-z0-9_]{1,63}$/, 'is not the name of a publication').default('dipper'),
});

type Environment = z.infer<typeof environmentSchema>;

export type Command = 'serve' | 'sync' | 'migrate' | 'schema' | 'explain' | 'verify' | 'token';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where sync tells its metrics; nowhere if it is not set. */
  readonly metricsPort: number | undefined;
  readonly logLevel: string;
  /** Signs what clients send back, such as cursors; a new one at each start where it is not set. */
  readonly secret: string | undefined;
  readonly fields: readonly MetadataField[];
  readonly mirrorUrl: string;
  readonly poolSize: number;
  readonly rucio: { readonly url: string; readonly account: string; readonly username: string; readonly password: string };
  /** How long, and in how many bytes of memory, answers of Rucio are kept; 0 seconds for not at all. */
  readonly liveCache: { readonly seconds: number; readonly bytes: number; readonly redisUrl: string | undefined };
  readonly follow: { readonly rucioDatabaseUrl: string; readonly slot: string; readonly publication: string } | undefined;
  /** Set where the mirror follows Rucio's REST interface. */
  readonly crawl: { readonly concurrency: number; readonly rate: number; readonly pauseSeconds: number } | undefined;
  /** Who is let in, and what they may; undefined where everybody may all. */
  readonly access: AccessFile | undefined;
  /** Set where people can sign in at the pages: dipper's own origin, what seals their cookies, and the secret of dipper's client. */
  readonly signIn: { readonly publicUrl: string; readonly secret: string; readonly clientSecret: string | undefined } | undefined;
  /** Of whom asks an issuer for a token. */
  readonly clientSecret: string | undefined;
  /** Sites whose pages may read answers; addresses whose X-Forwarded-For is believed; most requests under way. */
  readonly http: { readonly corsOrigins: readonly string[]; readonly trustedProxies: readonly string[]; readonly requestsAtOnce: number };
  /** Documents that are answered by their hash, and whether these are all. */
  readonly trusted: { readonly documents: TrustedDocuments; readonly isOnly: boolean };
  /** Budget of each viewer; 0 for none. */
  readonly pointsPerMinute: number;
  /** `serve` is killed when it has hung for so many seconds; 0 for never. */
  readonly watchdogSeconds: number;
  readonly lfn: ArchiveProfile['lfn'];
  readonly rse: ArchiveProfile['rse'];
  readonly limits: { readonly pageSize: number; readonly lfnsPerQuery: number; readonly depth: number; readonly cost: number; readonly nodes: number; readonly aliases: number; readonly listValues: number; readonly requestBytes: number; readonly timeoutSeconds: number };
}

/** Settings that are wrong: one line each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings are not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const login = ['RUCIO_URL', 'RUCIO_ACCOUNT', 'RUCIO_USERNAME', 'RUCIO_PASSWORD'] as const;
/** What must be set for each command, beside what has a default. */
const needed: Record<Command, readonly (keyof Environment)[]> = {
  serve: ['DIPPER_AUTH', 'DATABASE_URL', ...login],
  sync: ['DATABASE_URL', 'RUCIO_DATABASE_URL'],
  migrate: ['DATABASE_URL'],
  explain: ['DATABASE_URL'],
  verify: ['DATABASE_URL', 'RUCIO_DATABASE_URL'],
  schema: [],
  token: [],
};

function readEnvironment(command: Command, environment: Readonly<Record<string, string | undefined>>, problems: string[]): Partial<Environment> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const crawls = given['DIPPER_SOURCE'] === 'rest';
  const names = !crawls ? needed[command] : command === 'sync' || command === 'verify' ? ['DATABASE_URL', ...login] : needed[command].filter((name) => name !== 'RUCIO_DATABASE_URL');
  for (const name of names) {
    if (given[name] === undefined) problems.push(`${name} is not set`);
  }
  // One by one, so that a wrong setting does not hide what is wrong in the files that others name.
  return Object.fromEntries(Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const { data, error } = schema.optional().safeParse(given[name]);
    problems.push(...(error?.issues ?? []).map(({ message }) => `${name} ${message}`));
    return [name, data];
  }));
}

/** Reads a YAML file with its own checks; each problem begins with the file's name. */
function readFile<T extends { problems: string[] }>(what: string, path: string, check: (content: unknown) => T, problems: string[]): T | undefined {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push(`the ${what} ${path} cannot be read: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
  const checked = check(content);
  problems.push(...checked.problems.map((problem) => `the ${what} ${path}, ${problem}`));
  return checked;
}

/** The one reader of the environment and of the config files. Throws a ConfigError that lists all that is wrong. */
export function readConfig(command: Command, environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = [];
  const env = readEnvironment(command, environment, problems) as Environment;
  if (command === 'serve' && env.DIPPER_AUTH === 'none' && !isLoopback(env.DIPPER_HOST)) {
    problems.push(`DIPPER_AUTH=none lets everybody in, so it is for loopback only: set DIPPER_HOST to 127.0.0.1, not ${env.DIPPER_HOST}`);
  }
  if (env.DIPPER_POINTS_PER_MINUTE && env.DIPPER_POINTS_PER_MINUTE < env.DIPPER_COST) problems.push('DIPPER_POINTS_PER_MINUTE is less than DIPPER_COST, so that the most costly operations would never be answered');
  const trusted = command === 'serve' && env.DIPPER_TRUSTED_DOCUMENTS ? readFile('list of trusted documents', env.DIPPER_TRUSTED_DOCUMENTS, readTrustedDocuments, problems) : undefined;
  const isOnly = env.DIPPER_TRUSTED_DOCUMENTS_ONLY === 'true';
  if (isOnly && !env.DIPPER_TRUSTED_DOCUMENTS) problems.push('DIPPER_TRUSTED_DOCUMENTS_ONLY needs DIPPER_TRUSTED_DOCUMENTS, else nothing would be answered');
  const registry = readFile('field registry', env.DIPPER_FIELDS, readFieldRegistry, problems);
  const archive = readFile('profile', env.DIPPER_PROFILE, readArchiveProfile, problems);
  const access = command === 'serve' && env.DIPPER_AUTH === 'access' ? readFile('access file', env.DIPPER_ACCESS, readAccessFile, problems)?.access : undefined;
  const signsIn = access?.tokens?.login !== undefined;
  for (const name of signsIn ? ['DIPPER_PUBLIC_URL', 'DIPPER_SECRET'] as const : []) {
    if (env[name] === undefined) problems.push(`${name} is not set, and the access file lets people sign in (tokens.login)`);
  }
  if (problems.length > 0 || !registry || !archive?.profile) throw new ConfigError(problems);
  const { fields } = registry;
  const { lfn, rse } = archive.profile;

  return Object.freeze({
    host: env.DIPPER_HOST, port: env.DIPPER_PORT, metricsPort: env.DIPPER_METRICS_PORT, logLevel: env.DIPPER_LOG_LEVEL, secret: env.DIPPER_SECRET, fields,
    mirrorUrl: env.DATABASE_URL, poolSize: env.DIPPER_POOL_SIZE,
    rucio: { url: env.RUCIO_URL, account: env.RUCIO_ACCOUNT, username: env.RUCIO_USERNAME, password: env.RUCIO_PASSWORD },
    follow: env.DIPPER_SOURCE === 'replication' && env.RUCIO_DATABASE_URL ? { rucioDatabaseUrl: env.RUCIO_DATABASE_URL, slot: env.DIPPER_SLOT, publication: env.DIPPER_PUBLICATION } : undefined,
    crawl: env.DIPPER_SOURCE === 'rest' ? { concurrency: env.DIPPER_CRAWL_CONCURRENCY, rate: env.DIPPER_CRAWL_RATE, pauseSeconds: env.DIPPER_CRAWL_PAUSE_SECONDS } : undefined,
    liveCache: { seconds: env.DIPPER_LIVE_CACHE_SECONDS, bytes: env.DIPPER_LIVE_CACHE_MB * 1024 * 1024, redisUrl: env.DIPPER_REDIS_URL },
    signIn: signsIn ? { publicUrl: env.DIPPER_PUBLIC_URL, secret: env.DIPPER_SECRET!, clientSecret: env.DIPPER_CLIENT_SECRET } : undefined,
    http: { corsOrigins: env.DIPPER_CORS_ORIGINS, trustedProxies: env.DIPPER_TRUSTED_PROXIES, requestsAtOnce: env.DIPPER_REQUESTS_AT_ONCE },
    trusted: { documents: trusted?.documents ?? new Map<string, string>(), isOnly },
    pointsPerMinute: env.DIPPER_POINTS_PER_MINUTE ?? (env.DIPPER_AUTH === 'access' ? 600_000 : 0), watchdogSeconds: env.DIPPER_WATCHDOG_SECONDS,
    access, clientSecret: env.DIPPER_CLIENT_SECRET, lfn, rse,
    limits: {
      pageSize: env.DIPPER_PAGE_SIZE, lfnsPerQuery: env.DIPPER_LFNS_PER_QUERY, depth: env.DIPPER_DEPTH,
      cost: env.DIPPER_COST, nodes: env.DIPPER_NODES, aliases: env.DIPPER_ALIASES, listValues: env.DIPPER_LIST_VALUES, requestBytes: 1024 * 1024, timeoutSeconds: env.DIPPER_TIMEOUT_SECONDS,
    },
  });
}
