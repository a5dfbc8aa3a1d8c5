import type { GraphQLSchema } from 'graphql';
import { createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import type { MirrorPool } from '../../src/datasources/mirror/pool.js';
import type { Rucio } from '../../src/datasources/rucio/rucio.js';
import type { Settings } from '../support/naive/catalogue.js';
import type { Tables } from '../support/naive/tables.js';
import { seenBy, type Seen } from './oracle.js';
import type { World } from './world.js';

/** dipper with a world's policy, and what each of its users sees by the oracle. */
export interface Sides {
  readonly url: string;
  readonly world: World;
  readonly schema: GraphQLSchema;
  readonly tables: Tables;
  readonly seen: readonly Seen[];
  stop(): Promise<void>;
}

/** The header that says which of the world's users a request is of; who they are is no matter here. */
export const asUser = (user: number): Record<string, string> => ({ 'x-test-user': String(user) });

/** The pool and Rucio's client are for many worlds: they outlive each. */
export async function startWorld(world: World, { config, pool, rucio, tables, settings, schema }: {
  config: Config; pool: MirrorPool; rucio: Rucio; tables: Tables; settings: Settings; schema: GraphQLSchema;
}): Promise<Sides> {
  const keep = { end: () => Promise.resolve() };
  const app = await createApp({ ...config, access: { policy: world.rules } }, {
    pool: { ...pool, ...keep }, rucio: { ...rucio, close: () => Promise.resolve() }, now: () => world.now.getTime(),
    authenticate: (request) => Promise.resolve(world.users[Number(request.headers['x-test-user'])]!),
  });
  return {
    url: await app.start(), world, schema, tables, stop: () => app.stop(),
    seen: world.users.map((user) => seenBy(user, world, tables, settings)),
  };
}
