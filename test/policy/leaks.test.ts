import { printSchema, type GraphQLSchema } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import { createRucio, type Rucio } from '../../src/datasources/rucio/rucio.js';
import { makeSchema } from '../../src/resolvers/schema.js';
import { corpusDatabase } from '../support/corpus-database.js';
import type { Settings } from '../support/naive/catalogue.js';
import { referenceSchema } from '../support/naive/reference.js';
import { loadTables, type Tables } from '../support/naive/tables.js';
import type { ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { check, shrink } from './check.js';
import { constantDoors, doors, requestOf, serverDoors, type Question } from './doors.js';
import { createRandom } from './random.js';
import { startWorld } from './sides.js';
import { makeWorld } from './world.js';

const tellingDoors = Object.keys(doors).filter((name) => !constantDoors.includes(name));

/** `npm run leaks` asks more. */
const QUESTIONS = Number(process.env['DIPPER_LEAK_QUESTIONS'] ?? 600);
const SEED = Number(process.env['DIPPER_LEAK_SEED'] ?? 20_261_123);
const PER_WORLD = 15;

const config = { ...readConfig('serve', { ...testStack().env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'silent' }), secret: 'a secret that all worlds of this test share' };
const settings: Settings = {
  fields: config.fields, limits: config.limits,
  rse: { dataCentre: 'site', lfn2pfnAlgorithm: 'ctao_bdms', offsite: 'OFFSITE', location: 'location', qos: 'QOS', shown: ['site', 'location', 'QOS', 'ONSITE', 'OFFSITE'] },
};

let database: ScratchDatabase;
let pool: MirrorPool;
let rucio: Rucio;
let tables: Tables;
let schema: GraphQLSchema;
let naive: GraphQLSchema;

beforeAll(async () => {
  database = await corpusDatabase(config.mirrorUrl, config.fields);
  await spoilDates(database.url);
  pool = createMirrorPool({ url: database.url, size: 4, timeoutSeconds: 20, onError: () => undefined });
  rucio = createRucio({ ...config.rucio, timeoutMs: 20_000 });
  [tables, schema] = await Promise.all([loadTables(database.url), makeSchema(config.fields)]);
  naive = referenceSchema(printSchema(schema));
});
afterAll(async () => { await Promise.all([pool.end(), rucio.close()]); await database.drop(); });

/** Dates of embargo that are there and cannot be read, in rows that Rucio does not have. */
async function spoilDates(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const spoil = (date: object, rest: number) => client.query('update mirror.file set metadata = metadata || $1 where end_time is null and id >= 1000000 and id % 3 = $2', [date, rest]);
  try {
    const [soon, five] = [await spoil({ end_time: 'soon' }, 1), await spoil({ observation__coverage__time__t_max: 5 }, 2)];
    if (!soon.rowCount || !five.rowCount) throw new Error('No row has a date that cannot be read.');
  } finally {
    await client.end();
  }
}

it('has a door for each root field, and knows each way into the server', async () => {
  expect(Object.keys(doors).sort()).toEqual(Object.keys(schema.getQueryType()!.getFields()).sort());
  const app = await createApp({ ...config, mirrorUrl: database.url });
  await app.stop();
  expect([...new Set(app.routes.map(({ path }) => path.replace(/(.)\/$/, '$1')))].filter((path) => !(path in serverDoors))).toEqual([]);
  expect(app.routes.filter(({ path, isForAll }) => path === '/graphql' && isForAll)).toEqual([]);
});

it(`lets nobody see what the policy hides: ${QUESTIONS} questions of seed ${SEED}`, { timeout: 60_000 + QUESTIONS * 500 }, async () => {
  const asked = new Map<string, { all: number; seen: number }>();
  const stopped: Promise<void>[] = [];
  for (let world = 0; world * PER_WORLD < QUESTIONS; world += 1) {
    const random = createRandom(SEED + world);
    const sides = await startWorld(makeWorld(random, tables, schema), { config: { ...config, mirrorUrl: database.url }, pool, rucio, tables, settings, schema: naive });
    // Most is to be found out where somebody sees a part.
    const partly = [...sides.seen.keys()].filter((one) => sides.seen[one]!.hidden.size > 0 && sides.seen[one]!.catalogue.tables.file.length > 0);
    try {
      for (let at = 0; at < PER_WORLD; at += 1) {
        const field = random.chance(0.4) ? 'files' : random.pick(random.chance(0.08) ? constantDoors : tellingDoors);
        const question: Question = { field, ...doors[field]!(random, tables) };
        const user = partly.length > 0 && random.chance(0.8) ? random.pick(partly) : random.below(sides.world.users.length);
        const how = { objects: random.chance(0.3), heirs: [random.below(sides.world.users.length), random.pick(partly.length > 0 ? partly : [0])] };
        const wrong = await check(sides, user, question, how);
        if (wrong !== undefined) {
          const least = await shrink(question, async (smaller) => await check(sides, user, smaller, how) !== undefined);
          const { query, variables } = requestOf(least);
          expect.fail([
            `world ${world}, question ${at}: ${await check(sides, user, least, how) ?? wrong}`, query, JSON.stringify(variables), JSON.stringify(sides.world.users[user]),
            JSON.stringify(sides.world.rules), `at ${sides.world.now.toISOString()}, ${sides.seen[user]!.hidden.size} names hidden`,
          ].join('\n'));
        }
        const count = asked.get(field) ?? { all: 0, seen: 0 };
        asked.set(field, { all: count.all + 1, seen: count.seen + Number(partly.includes(user)) });
      }
    } finally {
      stopped.push(sides.stop()); // the next world does not wait for it
    }
  }
  await Promise.all(stopped);
  console.log([...asked].map(([field, { all, seen }]) => `${field} ${all} (${seen} of them by who sees a part)`).join(', '));
  expect([...asked.keys()].sort()).toEqual(Object.keys(doors).sort());
});
