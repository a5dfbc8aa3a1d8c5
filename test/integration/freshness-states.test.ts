import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
let archive: ScratchArchive;
beforeAll(async () => { archive = await scratchArchive(stack); });
afterAll(() => archive.close());

interface Completeness { complete: boolean; truncatedBy: string | null; asOf: string | null; position: string | null }
interface Mirror { source: string; state: string; asOf: string | null; position: string | null; lagSeconds: number | null; setAside: number }

const query = `{
  mirror { source state asOf position lagSeconds setAside }
  files { completeness { complete truncatedBy asOf position } }
  filesByLfn(lfns: []) { completeness { complete truncatedBy asOf position } } }`;
const noMirror = { source: 'REPLICATION', state: 'STALE', asOf: null, position: null, lagSeconds: null, setAside: 0 };

async function answer(): Promise<{ mirror: Mirror; completeness: Completeness; header: string | null }> {
  const response = await fetch(`${archive.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  const { data } = await response.json() as { data: { mirror: Mirror; files: { completeness: Completeness }; filesByLfn: { completeness: Completeness } } };
  expect(data.filesByLfn.completeness).toEqual(data.files.completeness);
  return { mirror: data.mirror, completeness: data.files.completeness, header: response.headers.get('dipper-position') };
}

/** Numbers of serve's metrics, by name and labels; what is not a number is left out. */
async function metrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${archive.url}/metrics`)).text();
  return new Map([...text.matchAll(/^(dipper_mirror_\S+) ([\d.e+-]+)$/gm)].map(([, name, value]) => [name!, Number(value)]));
}

/** Seconds ago, as SQL; null for never. */
interface Row { kind?: string; state: string; position?: string | null; asOf?: number | null; behind?: number | null; checked?: number; backlog?: number; slot?: string }
async function source({ kind = 'REPLICATION', state, position = null, asOf = null, behind = null, checked = 0, backlog, slot }: Row): Promise<void> {
  await archive.mirror.query('delete from mirror.source');
  await archive.mirror.query(`insert into mirror.source (kind, state, position, as_of, behind_since, checked_at, backlog_bytes, slot_status)
    values ($1, $2, $3, now() - make_interval(secs => $4), now() - make_interval(secs => $5), now() - make_interval(secs => $6), $7, $8)`,
  [kind, state, position, asOf, behind, checked, backlog ?? null, slot ?? null]);
}
/** Of what was so many seconds ago, when it was asked now. */
const about = (seconds: number) => ({ asymmetricMatch: (value: unknown) => typeof value === 'number' && value >= seconds && value < seconds + 5, toString: () => `about ${seconds}` });
const ago = (seconds: number) => ({ asymmetricMatch: (text: unknown) => about(seconds).asymmetricMatch((Date.now() - Date.parse(String(text))) / 1000 + 0.5), toString: () => `${seconds} s ago` });
const whole = { complete: true, truncatedBy: null };
const unfinished = { complete: false, truncatedBy: 'SNAPSHOT', asOf: null, position: null };

describe('before anything is in the mirror', () => {
  it('nothing is known where nothing has begun', async () => {
    expect(await answer()).toEqual({ mirror: noMirror, completeness: unfinished, header: null });
    expect((await fetch(`${archive.url}/readyz`)).status).toBe(503);
    const told = await metrics();
    expect([told.has('dipper_mirror_as_of_seconds'), told.has('dipper_mirror_lag_seconds'), told.get('dipper_mirror_state{state="STALE"}')]).toEqual([false, false, 1]);
  });

  it('nor while the first snapshot is taken', async () => {
    await source({ state: 'SNAPSHOT' });
    expect(await answer()).toEqual({ mirror: { ...noMirror, state: 'SNAPSHOT' }, completeness: unfinished, header: null });
  });

  it('nor while the first crawl goes on', async () => {
    await source({ kind: 'REST', state: 'CRAWLING' });
    expect(await answer()).toEqual({ mirror: { ...noMirror, source: 'REST', state: 'CRAWLING' }, completeness: unfinished, header: null });
  });
});

describe('a mirror that follows', () => {
  it.each<[string, Row, Partial<Mirror>]>([
    ['has no lag where the source is idle', { state: 'STREAMING', position: '0/16B3748', asOf: 0.5 }, { state: 'STREAMING', asOf: ago(0.5) as never, lagSeconds: 0 }],
    ['lags by the oldest change that it knows and does not have', { state: 'STREAMING', position: '0/16B3748', asOf: 90, behind: 60 }, { state: 'STREAMING', asOf: ago(90) as never, lagSeconds: about(60) as never }],
    ['counts from asOf on when nobody has seen the source for 10 s', { state: 'STREAMING', position: '0/16B3748', asOf: 30, checked: 11 }, { state: 'STALE', asOf: ago(30) as never, lagSeconds: about(30) as never }],
    ['is not stale by 5 s', { state: 'STREAMING', position: '0/16B3748', asOf: 6, checked: 5 }, { state: 'STREAMING', lagSeconds: 0 }],
    ['serves the old state while a new snapshot is taken, and its lag grows', { state: 'SNAPSHOT', position: '0/16B3748', asOf: 100, behind: 40 }, { state: 'SNAPSHOT', asOf: ago(100) as never, lagSeconds: about(100) as never }],
    ['so, too, where nobody has said since when', { state: 'SNAPSHOT', position: '0/16B3748', asOf: 100 }, { state: 'SNAPSHOT', lagSeconds: about(100) as never }],
    ['and when that snapshot has died', { state: 'SNAPSHOT', position: '0/16B3748', asOf: 100, checked: 20 }, { state: 'STALE', lagSeconds: about(100) as never }],
  ])('%s', async (_title, row, told) => {
    await source(row);
    const { mirror, completeness, header } = await answer();
    expect(mirror).toMatchObject({ source: 'REPLICATION', position: '0/16B3748', setAside: 0, ...told });
    expect(completeness).toEqual({ ...whole, asOf: mirror.asOf, position: '0/16B3748' });
    expect(header).toBe('0/16B3748');
    const found = await metrics();
    expect(found.get(`dipper_mirror_state{state="${mirror.state}"}`)).toBe(1);
    expect([...found].filter(([name, value]) => name.startsWith('dipper_mirror_state{') && value === 1)).toHaveLength(1);
    expect(Math.abs(found.get('dipper_mirror_as_of_seconds')! - Date.parse(mirror.asOf!) / 1000)).toBeLessThan(0.01);
    expect(found.get('dipper_mirror_lag_seconds')! - mirror.lagSeconds!).toBeGreaterThanOrEqual(0);
  });

  it('crawls: the lag is the age of the last whole pass, and there is no position, even where one is left over', async () => {
    await source({ kind: 'REST', state: 'CRAWLING', asOf: 300, position: '0/16B3748' });
    const { mirror, completeness, header } = await answer();
    expect(mirror).toMatchObject({ source: 'REST', state: 'CRAWLING', asOf: ago(300), position: null, lagSeconds: about(300) });
    expect(completeness).toEqual({ ...whole, asOf: mirror.asOf, position: null });
    expect(header).toBe(null);
  });

  it('is not complete with rows set aside', async () => {
    await source({ state: 'STREAMING', position: '0/16B3748', asOf: 1 });
    await archive.mirror.query(`insert into mirror.set_aside (source_table, key, reason) values ('dids', '[]', 'test')`);
    const { mirror, completeness } = await answer();
    expect(mirror.setAside).toBe(1);
    expect(completeness).toMatchObject({ complete: false, truncatedBy: 'SET_ASIDE', asOf: mirror.asOf });
    expect((await metrics()).get('dipper_mirror_set_aside')).toBe(1); // at the first scrape after it
    await archive.mirror.query('delete from mirror.set_aside');
  });

  it('tells what the source keeps for it', async () => {
    await source({ state: 'STREAMING', position: '0/16B3748', asOf: 1, backlog: 123456789, slot: 'unreserved' });
    const found = await metrics();
    expect(found.get('dipper_mirror_backlog_bytes')).toBe(123456789);
    expect(['reserved', 'extended', 'unreserved', 'lost'].map((status) => found.get(`dipper_mirror_slot_status{status="${status}"}`))).toEqual([0, 0, 1, 0]);
  });
});
