import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseLsn } from '../../src/datasources/rucio-db/lsn.js';
import { RucioClient } from '../support/rucio-client.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const scope = `ryw${process.pid.toString(36)}`;
const name = `/ctao/${scope}/day/file.dat`;
const rucio = new RucioClient(stack);
const database = new pg.Client({ connectionString: stack.env['RUCIO_DATABASE_URL']! });

beforeAll(async () => {
  await Promise.all([rucio.ready(), database.connect()]);
  await rucio.call('add_scope', ['root', scope]);
  await rucio.call('add_replicas', ['PIC', [{ scope, name, bytes: 10, adler32: '0a0b0c0d' }]]);
}, 60_000);
afterAll(async () => {
  rucio.close();
  await database.end();
});

/** Where Rucio's log is now: behind all that has been committed. */
async function written(): Promise<string> {
  const { rows } = await database.query<{ position: string }>('select pg_current_wal_insert_lsn()::text as position');
  return rows[0]!.position;
}

async function ask(query: string, atLeast?: string): Promise<{ text: string; position: string }> {
  const response = await fetch(`${stack.urls.dipper}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...(atLeast && { 'dipper-at-least': atLeast }) }, body: JSON.stringify({ query }), signal: AbortSignal.timeout(60_000),
  });
  return { text: await response.text(), position: response.headers.get('dipper-position')! };
}

/** A change of Rucio, the question that shows it, and what must be in the answer. */
type Round = readonly [change: () => Promise<unknown>, query: string, shows: string];
const rounds: readonly ((round: number) => Round)[] = [
  (round) => [() => rucio.call('add_replicas', ['DESY', [{ scope, name: `${name}${round}`, bytes: round, adler32: '0a0b0c0d' }]]), `{ file(lfn: "${name}${round}") { bytes } }`, `{"bytes":${round}}`],
  (round) => [() => rucio.call('set_metadata', [scope, name, 'round', `${scope}-${round}`]), `{ files(where: { metadata: [{ key: "round", eq: "${scope}-${round}" }] }) { totalCount } }`, '"totalCount":1'],
  (round) => [() => rucio.call('add_rse_attribute', ['FRASCATI', scope, `v${round}`]), `{ rses(expression: "${scope}=v${round}|PIC") { name } }`, 'FRASCATI'],
  (round) => [() => rucio.call('add_rse_attribute', ['PIC', scope, `w${round}`]), `{ files(where: { scope: { eq: "${scope}" }, replica: { rse: "${scope}=w${round}" } }) { totalCount } }`, '"totalCount":1'],
  (round) => [() => rucio.call('add_dataset', [scope, `/ctao/${scope}/d${round}`]), `{ did(scope: "${scope}", name: "/ctao/${scope}/d${round}") { __typename } }`, 'Dataset'],
];

it('a change is in each answer that waited for it, 50 times, and in those that go on from such an answer', async () => {
  const waits: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const [change, query, shows] = rounds[round % rounds.length]!(round);
    await ask('{ rses(expression: "PIC") { name } }'); // what is remembered of RSEs is from before the change
    await change();
    const begun = Date.now();
    const position = await written();
    const first = await ask(query, position);
    waits.push(Date.now() - begun);
    expect(first.text, `round ${round}`).toContain(shows);
    expect(parseLsn(first.position)).toBeGreaterThanOrEqual(parseLsn(position));
    expect((await ask(query, first.position)).text).toContain(shows);
  }
  waits.sort((a, b) => a - b);
  console.log(`An answer with a change in Rucio took ${waits[25]} ms in the median, ${waits[49]} ms at most.`);
  for (const rse of ['FRASCATI', 'PIC']) await rucio.call('delete_rse_attribute', [rse, scope]);
}, 120_000);
