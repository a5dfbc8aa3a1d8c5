import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restSource, type RestOptions } from '../../src/services/crawl/rest-source.js';
import { ask } from '../support/ask.js';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { dipperOn } from '../support/scratch-archive.js';
import type { Did } from '../support/sync-writer.js';
import { LONG_MS, type Run } from './convergence.js';

/** What is made of the line about a DID or rule, where the path is one and the request says so. */
interface Spoilt { readonly path: RegExp; readonly asked?: string; readonly line: (row: Record<string, unknown>) => object | readonly object[] }

/** Rows that cannot be taken are set aside with a reason; all else goes on, and once they are right they are taken in. */
export function badRows(run: Run, rest: RestOptions): void {
  let proxy: FaultProxy;
  const names = ['nul', 'noObject', 'wrongShape', 'strangeRse', 'twice', 'strangeState', 'large', 'long', 'exact'] as const;
  const files = {} as Record<(typeof names)[number], Did>;
  let dataset: Did;
  let broken: Did;
  let rule: string;
  const bulk = /^\/dids\/bulkmeta/;
  const source = () => restSource({ ...rest, rucio: { ...rest.rucio, url: proxy.url } });

  beforeAll(async () => {
    proxy = await faultProxy(rest.rucio.url, () => 1);
  });
  afterAll(() => proxy.close());

  function rewrite(spoilt: Readonly<Record<string, Spoilt>>, noAnswer: { readonly metadata: string; readonly content: string }) {
    return (path: string, body: string, asked: string): string | number | undefined => {
      if (path.endsWith(`${noAnswer.content}/dids`) || (asked.includes('"JSON"') && asked.includes(`"${noAnswer.metadata}"`))) return 500;
      if (path === `/rses/${run.writer.otherRse}/attr/`) return body.replace('{', '{"odd": "a\\u0000b", ');
      if (!body.includes('\n')) return undefined;
      return body.split('\n').map((line) => {
        const row = line.startsWith('{') ? JSON.parse(line) as Record<string, unknown> : {};
        const { path: where, asked: what = '', line: change } = spoilt[String(row['name'])] ?? spoilt[String(row['id'])] ?? {};
        if (!where?.test(path) || !asked.includes(what)) return line;
        return [change!(row)].flat().map((one) => JSON.stringify(one)).join('\n');
      }).join('\n');
    };
  }

  it('case 64: are set aside, and the rest goes on: NUL, names twice, states and RSEs that nobody knows', async () => {
    const { writer, mirror } = run;
    for (const name of names) files[name] = await writer.addFile(writer.anyRse, name === 'long' ? `x${'/y'.repeat(120)}`.slice(0, 249 - writer.folder.length) : undefined);
    [dataset, broken] = [await writer.addDataset(), await writer.addDataset()];
    await writer.attach(dataset, Object.values(files));
    rule = (await writer.addRule(dataset, writer.anyRse)).replaceAll('-', '');
    await writer.setMetadata(files.large, { note: 'm'.repeat(1_000_000) });
    await writer.setMetadata(files.exact, { sb_id: 9007199254740993n, big: 12345678901234567890123n, obs_id: 7 });

    proxy.rewrite = rewrite({
      [files.nul.name]: { path: bulk, asked: '"JSON"', line: (row) => ({ ...row, note: 'a\0b' }) },
      [files.wrongShape.name]: { path: bulk, asked: '"DID_COLUMN"', line: (row) => ({ ...row, bytes: 'many' }) },
      [files.strangeRse.name]: { path: /^\/replicas\/list/, line: (row) => ({ ...row, states: { ...row['states'] as object, NOWHERE: 'AVAILABLE' } }) },
      [files.strangeState.name]: { path: /^\/replicas\/list/, line: (row) => ({ ...row, states: { [writer.anyRse]: 'LOST_IN_SPACE' } }) },
      [files.twice.name]: { path: /dids\/search/, line: (row) => [row, row, { scope: row['scope'], did_type: 'FILE' }, { ...row, name: 'a\0b' }, { ...row, name: randomBytes(4_500).toString('hex') }] },
      [rule]: { path: /^\/rules\//, line: (row) => ({ ...row, state: 'BROKEN' }) },
    }, { metadata: files.noObject.name, content: broken.name });
    await run.catchUp(source());

    const aside = await mirror.query<{ source_table: string; key: string; reason: string }>('select source_table, key, reason from mirror.set_aside');
    const told = aside.rows.map(({ source_table, key, reason }) => `${source_table} ${(JSON.parse(key) as string[]).slice(-2).join(' ')}: ${reason}`).sort();
    const of = (did: Did) => `${did.scope} ${did.name}`;
    const expected = [
      /^contents {2}: Rucio could not answer\./,
      ...[files.noObject, files.wrongShape].map((child) => new RegExp(`^contents ${of(child)}: Its child is not in the mirror.`)),
      new RegExp(`^did_meta ${of(files.nul)}: Its metadata hold a character`),
      new RegExp(`^dids ${of(files.noObject)}: Rucio cannot tell about it: `),
      new RegExp(`^dids ${of(files.wrongShape)}: bytes: `),
      new RegExp(`^dids ${writer.scope} [0-9a-f]{12}: name: `),
      new RegExp(`^dids ${writer.scope} a\u2400b: It holds a character that no text can have.`),
      new RegExp(`^dids ${writer.scope} [0-9a-f]{500}\u2026[0-9a-f]{40}: name: Too big`),
      new RegExp(`^replicas ${files.strangeRse.name} NOWHERE: Its RSE NOWHERE is not in the mirror.`),
      new RegExp(`^replicas ${files.strangeState.name} : states.${writer.anyRse}: `),
      /^rses .*: It holds a character that no text can have\./,
      /^rules .*: state: /,
    ];
    expect(told.map((line) => expected.filter((one) => one.test(line)).length), told.join('\n')).toEqual(expected.map(() => 1));
    const there = await mirror.query<{ name: string }>('select name from mirror.file where scope = $1 and name = any ($2)', [writer.scope, Object.values(files).map(({ name }) => name)]);
    expect(there.rows.map(({ name }) => name).sort()).toEqual(names.filter((name) => !['noObject', 'wrongShape'].includes(name)).map((name) => files[name].name).sort());
  }, LONG_MS);

  it('case 64: are told by dipper, with how fresh the mirror is', async () => {
    const app = await dipperOn(run.stack, run.mirrorUrl);
    try {
      const { data } = await ask(await app.start(), `query ($name: String!) { mirror { source state setAside asOf lagSeconds }
        files(where: { name: { eq: $name } }) { completeness { complete truncatedBy } nodes { sbId metadata replicas { createdAt updatedAt state } } } }`, { name: files.exact.name });
      expect(data).toMatchObject({
        mirror: { source: 'REST', setAside: 13, asOf: expect.stringMatching(/^20/), lagSeconds: expect.any(Number) },
        files: { completeness: { complete: false, truncatedBy: 'SET_ASIDE' }, nodes: [{ replicas: [{ createdAt: null, updatedAt: null, state: 'AVAILABLE' }] }] },
      });
    } finally {
      await app.stop();
    }
    const exact = await run.mirror.query(`select sb_id::text, metadata ->> 'big' as big from mirror.file where name = $1`, [files.exact.name]);
    expect(exact.rows).toEqual([{ sb_id: '9007199254740993', big: '12345678901234567890123' }]);
  }, LONG_MS);

  it('are taken in once they are right', async () => {
    proxy.rewrite = undefined;
    await run.converge(source());
  }, LONG_MS);
}
