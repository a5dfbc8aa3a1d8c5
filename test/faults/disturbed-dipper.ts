import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Home, writeWhole } from '../../dev/home.js';
import { freePort } from '../../dev/ports.js';
import type { TestStack } from '../support/stack.js';
import type { TestIssuer } from '../support/test-issuer.js';
import { Door } from './door.js';
import { startServe } from './serve.js';

/** What dipper needs of others. */
export const parts = ['rucio', 'redis', 'issuer', 'postgres'] as const;
export type Part = (typeof parts)[number];

/** Of a dipper, in seconds: what it is given for each request. */
export const TIMEOUT_SECONDS = 5;

export interface DisturbedDipper {
  readonly url: string;
  readonly pid: number;
  doors(part: Part): readonly Door[];
  /** Keys that were not looked up in Redis, so far; NaN where dipper does not say. */
  skippedByRedis(): Promise<number>;
  /** Bytes in memory, and open files and connections. */
  use(): { readonly bytes: number; readonly handles: number };
  stop(): Promise<void>;
}

export interface DisturbedOptions {
  readonly stack: TestStack;
  readonly home: Home;
  readonly name: string;
  readonly redisUrl: string;
  /** Beside the stack's own. */
  readonly issuers: readonly TestIssuer[];
  readonly onExit: (text: string) => void;
}

/** A dipper process that asks who is there, with a door before each part that it needs. */
export async function startDisturbed({ stack, home, name, redisUrl, issuers, onExit }: DisturbedOptions): Promise<DisturbedDipper> {
  const open = async (urls: readonly string[]) => Promise.all(urls.map((url) => Door.open(url)));
  const [rucio, redis, postgres, keys] = await Promise.all([
    open([stack.env['RUCIO_URL']!]), open([redisUrl]), open([stack.env['DATABASE_URL']!]), open([`${stack.urls.issuer}/jwks`, ...issuers.map(({ issuer }) => `${issuer}/jwks`)]),
  ]);
  const doors: Record<Part, Door[]> = { rucio, redis, postgres, issuer: keys };
  const access = path.join(home.root, `${name}.yaml`);
  const known = [stack.urls.issuer, ...issuers.map(({ issuer }) => issuer)];
  writeWhole(access, JSON.stringify({ // JSON is YAML, too
    tokens: { audience: [stack.signIn.audience], issuers: known.map((issuer, at) => ({ issuer, keys: keys[at]!.url })) },
    policy: { grants: [
      { who: [{ issuer: stack.urls.issuer, group: '/ctao/archive' }, ...issuers.map(({ issuer }) => ({ issuer, group: '/all' }))], sees: { scopes: 'all' } },
      { who: [{ issuer: stack.urls.issuer, group: '/ctao/dpps' }], sees: { scopes: ['dpps'] } },
    ] },
  }));
  const dipper = await startServe(home, name, {
    ...stack.env, DIPPER_PORT: String(await freePort()), DIPPER_AUTH: 'access', DIPPER_ACCESS: access, DIPPER_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS), DIPPER_POINTS_PER_MINUTE: '1000000000',
    DIPPER_LIVE_CACHE_SECONDS: '1', DIPPER_REDIS_URL: redis[0]!.url, RUCIO_URL: rucio[0]!.url, DATABASE_URL: postgres[0]!.url,
  }, onExit);
  const { url, pid } = dipper;
  return {
    url, pid, doors: (part) => doors[part],
    async skippedByRedis() {
      const text = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) }).then((answer) => answer.text()).catch(() => '');
      return Number(/^dipper_live_cache_reads_total\{tier="redis",result="error"\} (\d+)$/m.exec(text)?.[1] ?? (text === '' ? NaN : 0));
    },
    use: () => ({ bytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024, handles: readdirSync(`/proc/${pid}/fd`).length }),
    async stop() {
      await dipper.stop();
      await Promise.all(Object.values(doors).flat().map((door) => door.close()));
    },
  };
}
