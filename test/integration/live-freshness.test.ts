import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { liveApp, Positions, type LiveApp } from '../support/live-app.js';
import { rucioDelete } from '../support/rucio-delete.js';
import { RucioRest } from '../support/rucio-rest.js';
import { control, testStack } from '../support/stack.js';

const stack = testStack();
const scope = `stale${process.pid.toString(36)}`;
const rest = new RucioRest(stack);
const positions = new Positions(stack);
const base = `/ctao/${scope}`;
const names = Array.from({ length: 24 }, (_, at) => `${base}/day/file${at}.dat`);
const ruled = names.slice(0, 4);
const [day, night, year] = [`${base}/day`, `${base}/night`, `${base}`];
const attribute = `${scope}attr`;
let app: LiveApp;

const didPath = (name: string, rest = '') => `/dids/${scope}/${name}${rest}`;
const addFiles = (rse: string, ...some: string[]) => rest.call('POST', '/replicas/', { rse, files: some.map((name) => ({ scope, name, bytes: 5, adler32: '0cc737eb' })) });
const setNotes = (note: number, ...some: string[]) => rest.call('POST', '/dids/bulkdidsmeta', { dids: some.map((name) => ({ scope, name, meta: { note } })) });
const setStates = (state: string, ...some: string[]) => rest.call('PUT', '/replicas/', { rse: 'DESY', files: some.map((name) => ({ scope, name, state: state[0] })) });
const addRule = async (name: string, on = 'PIC') => (JSON.parse(await rest.call('POST', '/rules/', { dids: [{ scope, name }], copies: 1, rse_expression: on, account: 'root' })) as string[])[0]!;

/** What is true of a file in Rucio. */
interface Truth { note?: number; state: string; parents: Set<string>; rules: Set<string> }
const truth = new Map<string, Truth>();
/** Rules and whether they are locked. */
const locked = new Map<string, boolean>();
let onPic = false;

interface Answer {
  readonly all: { readonly found: readonly { lfn: string; metadata: { note?: number }; replicas: readonly { rse: { name: string }; state: string }[] }[]; readonly missing: readonly string[] };
  readonly ruled: { readonly found: readonly { lfn: string; rules: readonly { ruleId: string; locked: boolean }[]; parents: readonly { name: string }[] }[] };
}
const query = `query ($lfns: [LFN!]!, $ruled: [LFN!]!) {
  all: filesByLfn(lfns: $lfns, consistency: LIVE) { found { lfn metadata(keys: ["note"]) replicas(rse: "${attribute}=1") { rse { name } state } } missing }
  ruled: filesByLfn(lfns: $ruled, consistency: LIVE) { found { lfn rules { ruleId locked } parents { name } } }
}`;
const read = (lfns: readonly string[]) => dataOf<Answer>(app.url, query, { lfns, ruled: ruled.filter((name) => lfns.includes(name)) });

/** What the answer should be, in the same form. */
function expected(lfns: readonly string[]): Answer {
  const there = lfns.filter((name) => truth.has(name));
  return {
    all: {
      found: there.map((lfn) => {
        const { note, state } = truth.get(lfn)!;
        const copies = [{ rse: { name: 'DESY' }, state }, ...(onPic ? [{ rse: { name: 'PIC' }, state: 'AVAILABLE' }] : [])];
        return { lfn, metadata: note === undefined ? {} : { note }, replicas: copies.sort((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0)) };
      }),
      missing: lfns.filter((name) => !truth.has(name)),
    },
    ruled: { found: there.filter((name) => ruled.includes(name)).map((lfn) => ({
      lfn, rules: [...truth.get(lfn)!.rules].sort().map((ruleId) => ({ ruleId, locked: locked.get(ruleId)! })), parents: [...truth.get(lfn)!.parents].sort().map((name) => ({ name })),
    })) },
  };
}
const sorted = ({ all, ruled: some }: Answer): Answer => ({ all, ruled: { found: some.found.map((file) => ({ ...file, rules: [...file.rules].sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1)) })) } });

/** Reads until all comes from what was kept, so that there is something that could be stale. */
async function warm(lfns: readonly string[]): Promise<void> {
  await positions.caughtUp();
  await sleep(1_100); // what is read right after a change is not kept for long
  await expect.poll(async () => {
    app.calls.length = 0;
    await read(lfns);
    return app.calls.length;
  }, { timeout: 30_000 }).toBe(0);
}

beforeAll(async () => {
  await rest.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${scope}`);
  for (const rse of ['PIC', 'DESY']) await addFiles(rse, ...names);
  await rest.call('POST', `/rses/DESY/attr/${attribute}`, { value: '1' });
  for (const [name, type] of [[day, 'DATASET'], [night, 'DATASET'], [year, 'CONTAINER']] as const) await rest.call('POST', didPath(name), { type });
  await rest.call('POST', didPath(day, '/dids'), { dids: names.map((name) => ({ scope, name })) });
  await rest.call('POST', didPath(year, '/dids'), { dids: [{ scope, name: day }] });
  const shared = [await addRule(day), await addRule(year)];
  for (const name of names) truth.set(name, { state: 'AVAILABLE', parents: new Set([day]), rules: new Set(shared) });
  for (const name of ruled) truth.get(name)!.rules.add(await addRule(name));
  for (const { rules } of truth.values()) for (const rule of rules) locked.set(rule, false);
  app = await liveApp(stack);
}, 120_000);
afterAll(async () => {
  await app.stop();
  await rest.call('DELETE', `/rses/DESY/attr/${attribute}`);
  if (onPic) await rest.call('DELETE', `/rses/PIC/attr/${attribute}`);
  await positions.close();
});

it('is never older than what the mirror knows: 200 changes of all kinds', async () => {
  let changes = 0;
  for (let round = 0; round < 4; round += 1) {
    const fresh = `${base}/new${round}.dat`;
    const lfns = [...names, fresh];
    await warm(lfns);
    expect(sorted(await read(lfns))).toEqual(expected(lfns));
    const lock = round % 2 === 0;
    const state = round % 2 === 0 ? 'UNAVAILABLE' : 'AVAILABLE';
    for (const name of names) Object.assign(truth.get(name)!, { note: round, state });
    const rules = [...locked.keys()];
    for (const rule of rules) locked.set(rule, lock);
    const moved = ruled.slice(0, 2);
    for (const { parents } of moved.map((name) => truth.get(name)!)) if (!parents.delete(night)) parents.add(night);
    onPic = !onPic;
    truth.set(fresh, { state: 'AVAILABLE', parents: new Set(), rules: new Set() });
    await Promise.all([
      ...[0, 8, 16].map((at) => setNotes(round, ...names.slice(at, at + 8))),
      ...[0, 12].map((at) => setStates(state, ...names.slice(at, at + 12))),
      ...rules.map((rule) => rest.call('PUT', `/rules/${rule}`, { options: { locked: lock } })),
      ...moved.map((name) => rest.call(lock ? 'POST' : 'DELETE', didPath(night, '/dids'), { dids: [{ scope, name }] })),
      onPic ? rest.call('POST', `/rses/PIC/attr/${attribute}`, { value: '1' }) : rest.call('DELETE', `/rses/PIC/attr/${attribute}`),
      addFiles('DESY', fresh).then(() => (onPic ? addFiles('PIC', fresh) : undefined)),
    ]);
    // A rule that nobody has heard of, on what holds the files.
    const added = await addRule(round % 2 === 0 ? day : year, round < 2 ? 'PIC|PIC' : 'PIC&PIC');
    locked.set(added, false);
    for (const name of names) truth.get(name)!.rules.add(added);
    changes += 2 * names.length + rules.length + moved.length + 3;
    await positions.caughtUp();
    expect(sorted(await read(lfns)), `round ${round}`).toEqual(expected(lfns));
  }
  expect(changes).toBeGreaterThanOrEqual(200);
}, 120_000);

it('knows of what was deleted: a file, a rule on a dataset, a rule that the mirror never had', async () => {
  const gone = `${base}/new1.dat`; // it has one copy
  const lfns = [...names, gone];
  const rule = [...truth.get(names[0]!)!.rules][0]!; // on the dataset
  await warm(lfns);
  await rucioDelete(stack, { rules: [rule], replicas: [{ rse: 'DESY', files: [{ scope, name: gone }] }] });
  for (const { rules } of truth.values()) rules.delete(rule);
  truth.delete(gone);
  await positions.caughtUp();
  expect(sorted(await read(lfns))).toEqual(expected(lfns));

  await warm(names);
  await control(stack, 'stop', 'sync');
  try {
    const brief = await addRule(names[5]!);
    const other = await liveApp(stack); // has nothing yet, and asks while the mirror counts as followed
    const rules = async () => (await dataOf<{ file: { rules: { ruleId: string }[] } }>(other.url, 'query ($lfn: LFN!) { file(lfn: $lfn, consistency: LIVE) { rules { ruleId } } }', { lfn: names[5] })).file.rules.map(({ ruleId }) => ruleId);
    expect(await rules()).toContain(brief);
    other.calls.length = 0;
    expect(await rules()).toContain(brief);
    expect(other.calls.length).toBe(0);
    await rucioDelete(stack, { rules: [brief] });
    await control(stack, 'start', 'sync');
    await positions.caughtUp();
    expect(await rules()).not.toContain(brief);
    await other.stop();
  } finally {
    await control(stack, 'start', 'sync');
  }
}, 120_000);

it('is never older than what the mirror knew when it was asked for, while changes go on', async () => {
  const some = names.slice(4);
  await warm(some);
  const before = await app.reads('memory', 'hit');
  const changes: { name: string; note: number; position: string }[] = [];
  const end = Date.now() + 4_000;
  const write = async () => {
    for (let note = 100; Date.now() < end; note += 1) {
      const name = some[Math.floor(Math.random() * some.length)]!;
      await setNotes(note, name);
      changes.push({ name, note, position: await positions.source() });
      await sleep(Math.random() * 400);
    }
  };
  const stale: unknown[] = [];
  const look = async () => {
    while (Date.now() < end) {
      const known = changes.length;
      const floor = new Map<string, number>();
      for (const { name, note, position } of changes.slice(0, known).slice(-20)) if (await positions.mirrorHas(position)) floor.set(name, note);
      const { all } = await read(some);
      for (const { lfn, metadata } of all.found) if ((metadata.note ?? 0) < (floor.get(lfn) ?? 0)) stale.push({ lfn, metadata, floor: floor.get(lfn) });
    }
  };
  await Promise.all([write(), look(), look(), look()]);
  expect(stale).toEqual([]);
  expect(changes.length).toBeGreaterThan(5);
  expect(await app.reads('memory', 'hit')).toBeGreaterThan(before + some.length);
}, 60_000);
