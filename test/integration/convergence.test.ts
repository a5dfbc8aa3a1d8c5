import { afterAll } from 'vitest';
import pg from 'pg';
import { restSource } from '../../src/services/crawl/rest-source.js';
import { replicationSource } from '../../src/services/sync/replication-source.js';
import { badRows } from '../conformance/bad-rows.js';
import { convergence } from '../conformance/convergence.js';
import { spoiltAnswers } from '../conformance/spoilt-answers.js';
import { everything, toldByRest } from '../support/compare-mirror.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const { env, urls } = stack;

const replication = { rucioDatabaseUrl: env['RUCIO_DATABASE_URL']!, slot: `dipper_test_${process.pid.toString(36)}`, publication: 'dipper' };
convergence(stack, {
  source: replicationSource(replication), told: everything, settings: { replication },
  async isAmidst() {
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    return true;
  },
});
afterAll(async () => {
  const client = new pg.Client({ connectionString: replication.rucioDatabaseUrl });
  await client.connect();
  await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [replication.slot]);
  await client.end();
});

const login = { url: urls.rucio, account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
const rest = { rucio: login, concurrency: 4, rate: 500, pauseSeconds: 0 };
convergence(stack, {
  source: restSource(rest), told: toldByRest, settings: { rest },
  // The scope's names have been read once, its rules have not; then, some of the collections' rows are in the mirror, some files are not.
  isAmidst: async (mirror, kill, scope) => {
    const half = kill === 0 ? 'dids = 0 and exists (select from crawl.scope)' : 'dids > 30';
    return (await mirror.query(`select from crawl.pass where ${half} and exists (select from crawl.did where scope = $1)`, [scope])).rowCount === 1;
  },
  pass: { begins: 'crawl: a pass begins', ends: 'crawl: the pass has ended' },
}, (run) => {
  spoiltAnswers(run, rest);
  badRows(run, rest);
});
