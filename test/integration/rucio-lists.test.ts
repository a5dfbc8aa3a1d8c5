import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRucio, type Rucio } from '../../src/datasources/rucio/rucio.js';
import { testStack } from '../support/stack.js';

const { urls, env } = testStack();
const login = { account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
const rucio: Rucio = createRucio({ url: urls.rucio, ...login, timeoutMs: 60_000 });
const database = new pg.Client({ connectionString: env['RUCIO_DATABASE_URL']!, options: '-c timezone=UTC' });

/** One column of Rucio's own tables, sorted by bytes. */
async function stored(query: string): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(query);
  return rows.map(({ text }) => text).sort();
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

beforeAll(() => database.connect());
afterAll(async () => {
  await database.end();
  await rucio.close();
});

describe('lists are what Rucio has', () => {
  it('scopes and their names', async () => {
    const scopes = await rucio.scopes();
    expect([...scopes].sort()).toEqual(await stored('select scope as text from rucio.scopes'));
    const names = (await Promise.all(scopes.map((scope) => all(rucio.names(scope))))).flat();
    expect(names.map(({ scope, name, didType }) => `${didType} ${scope}:${name}`).sort())
      .toEqual(await stored(`select case did_type::text when 'F' then 'FILE' when 'D' then 'DATASET' when 'C' then 'CONTAINER' end || ' ' || scope || ':' || name as text from rucio.dids`));
    expect(await all(rucio.names('no.such.scope'))).toEqual([]);
  });

  it('rules, of all and of one scope', async () => {
    const line = `replace(id::text, '-', '') || ' ' || locks_ok_cnt as text from rucio.rules`;
    const lineOf = ({ ruleId, locksOkCnt }: { ruleId: string; locksOkCnt: string }) => `${ruleId} ${locksOkCnt}`;
    expect((await all(rucio.allRules())).map(lineOf).sort()).toEqual(await stored(`select ${line}`));
    expect((await all(rucio.allRules({ scope: 'acada' }))).map(lineOf).sort()).toEqual(await stored(`select ${line} where scope = 'acada'`));
    expect(await all(rucio.allRules({ scope: 'no.such.scope' }))).toEqual([]);
  });

  it('the usage of RSEs', async () => {
    const rses = await all(rucio.rses());
    const usage = (await Promise.all(rses.map(async ({ rseId, name }) => (await all(rucio.usage(name))).map((row) => ({ rseId, ...row }))))).flat();
    expect(usage.map(({ rseId, source, used, files, updatedAt }) => `${rseId} ${source} ${used} ${files} ${updatedAt}`).sort())
      .toEqual(await stored(`select replace(rse_id::text, '-', '') || ' ' || source || ' ' || used || ' ' || files || ' ' || to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as text from rucio.rse_usage`));
    expect(usage.length).toBeGreaterThan(0);
    expect(await all(rucio.usage('NO-SUCH-RSE'))).toEqual([]);
  });
});

describe('bulk calls', () => {
  it('tell what is not known, and no DID twice', async () => {
    const names = (await all(rucio.names('acada'))).slice(0, 100);
    const strangers = [{ scope: 'acada', name: '/ctao/acada/no/such/file' }, { scope: 'no.such.scope', name: '/ctao/x' }];
    expect(await rucio.unknown([...names, ...strangers])).toEqual(strangers);
    expect(await rucio.unknown(names)).toEqual([]);
    const rows = await all(rucio.didRows([...names, ...strangers]));
    expect(rows.map(({ name }) => name).sort()).toEqual(names.map(({ name }) => name).sort());
  });

  it('tell metadata digit by digit, and how much is too much', async () => {
    const files = (await all(rucio.names('acada'))).filter(({ didType }) => didType === 'FILE').slice(0, 20);
    const texts = await rucio.metadataTexts(files, 1_000_000);
    for (const { scope, name } of files) {
      const [{ text }] = (await database.query<{ text: string }>(`select meta::text as text from rucio.did_meta where scope = $1 and name = $2`, [scope, name])).rows as [{ text: string }];
      expect((await database.query(`select $1::jsonb = $2::jsonb as same`, [texts.get(`${scope}:${name}`), text])).rows).toEqual([{ same: true }]);
    }
    await expect(rucio.metadataTexts(files, 100)).rejects.toThrow('too long');
  });
});
