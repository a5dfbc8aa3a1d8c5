import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { RucioRest } from '../support/rucio-rest.js';
import { testStack } from '../support/stack.js';
import { tokenOf, writeApp, type WriteApp } from '../support/write-app.js';

const stack = testStack();
const own = process.pid.toString(36);
const [scope, secret] = [`wr${own}`, `ws${own}`];
const issuer = stack.urls.issuer;
const rucio = new RucioRest(stack);
const mirror = new pg.Pool({ connectionString: stack.env['DATABASE_URL']!, max: 2 });
const database = new pg.Pool({ connectionString: stack.env['RUCIO_DATABASE_URL']!, max: 2 });
const policy = { grants: [{ who: [{ issuer, group: '/ctao' }, { issuer, subject: 'carol' }], sees: { scopes: [scope] }, may: ['addRule', 'declareBad'] }] };
const asRoot = { ...policy, accounts: [{ who: [{ issuer, subject: 'alice' }], account: 'root' }] };

const ADD = 'mutation ($input: AddRuleInput!) { addRule(input: $input) { rules { id ruleId account scope name didType copies rseExpression state activity expiresAt } } }';
const BAD = 'mutation ($input: DeclareBadInput!) { declareBad(input: $input) { declared refused { lfn reason } } }';
const did = (name: string, of = scope) => ({ scope: of, name: `/ctao/${of}/${name}` });
const rule = (...names: string[]) => ({ dids: names.map((name) => did(name)), copies: 1, rseExpression: 'PIC|DESY' });
const bad = (rse: string, ...names: string[]) => ({ lfns: names.map((name) => did(name).name), rse, reason: 'checksum mismatch' });
const add = (app: WriteApp, person: Parameters<WriteApp['as']>[0], input: object) => app.as(person, ADD, { input });
const declare = (app: WriteApp, person: Parameters<WriteApp['as']>[0], input: object) => app.as(person, BAD, { input });

interface RucioRule { id: string; account: string; rse_expression: string; comments: string | null; copies: number }
const rulesOn = async (name: string): Promise<RucioRule[]> => (await rucio.call('GET', `/rules/?${new URLSearchParams(did(name))}`)).split('\n').filter(Boolean).map((line) => JSON.parse(line) as RucioRule);
const statesOf = async (name: string) => (JSON.parse((await rucio.call('POST', '/replicas/list', { dids: [did(name)], all_states: true })).trim()) as { states: Record<string, string> }).states;
interface Row { operation: string; subject: string; account: string | null; outcome: string | null; message: string | null; input: Record<string, unknown>; result: Record<string, unknown> | null; isOver: boolean | null }
const audited = async (): Promise<Row[]> => (await mirror.query<Row>(`select operation, subject, account, outcome, message, input, result, ended_at >= begun_at as "isOver" from dipper.audit where input::text like '%' || $1 || '%' order by id`, [own])).rows;
const lastAudited = async () => (await audited()).at(-1)!;

let app: WriteApp;
let root: WriteApp;
let proxy: FaultProxy;
beforeAll(async () => {
  for (const name of [scope, secret]) await rucio.call('POST', `/scopes/root/${name}`);
  const files = ['one', 'two', 'three', 'left', 'right', 'shown', 'unseen'].map((name) => did(name));
  for (const rse of ['PIC', 'DESY']) await rucio.call('POST', '/replicas', { rse, files: [...files, did('hidden', secret)].map((file) => ({ ...file, bytes: 5, adler32: '0a0b0c0d' })), ignore_availability: false });
  await rucio.call('POST', '/replicas', { rse: 'PIC', files: [{ ...did('single'), bytes: 5, adler32: '0a0b0c0d' }], ignore_availability: false });
  for (const name of ['day', 'night', 'dusk', 'dawn', 'noon', 'eve', 'killed', 'part']) await rucio.call('POST', `/dids/${scope}${did(name).name}`, { type: 'DATASET' });
  proxy = await faultProxy(stack.urls.rucio, Math.random);
  [app, root] = await Promise.all([writeApp(stack, { policy }), writeApp(stack, { policy: asRoot })]);
}, 60_000);
afterAll(async () => {
  await Promise.all([app.stop(), root.stop()]);
  await Promise.all([proxy.close(), mirror.end(), database.end()]);
});

describe('addRule', () => {
  it("adds rules of the viewer's own account, reads them back, and the mirror follows", async () => {
    const comment = `'; drop table rucio.rules; -- $1 <b>"é\\`;
    const { data, error } = await add(app, 'alice', { ...rule('day', 'night', 'day'), lifetimeDays: 2, activity: 'Data Consolidation', comment });
    expect(error).toBeUndefined();
    const { rules } = data!['addRule'] as { rules: { ruleId: string; name: string; expiresAt: string }[] };
    expect(rules).toEqual(['day', 'night'].map((name) => expect.objectContaining({ ...did(name), account: 'alice', didType: 'DATASET', copies: 1, rseExpression: 'PIC|DESY', activity: 'Data Consolidation', state: 'OK' }) as object));
    expect(Date.parse(rules[0]!.expiresAt) / 1000).toBeCloseTo(Date.now() / 1000 + 2 * 86_400, -3);
    const [inRucio] = await rulesOn('day');
    expect(inRucio).toMatchObject({ id: rules[0]!.ruleId, account: 'alice', comments: comment });
    expect(await lastAudited()).toMatchObject({ operation: 'addRule', subject: 'alice', account: 'alice', outcome: 'OK', isOver: true, input: { comment, copies: 1 }, result: { ruleIds: rules.map(({ ruleId }) => ruleId) } });

    const { rows: [position] } = await database.query<{ at: string }>('select pg_current_wal_insert_lsn()::text as at');
    const followed = await fetch(`${stack.urls.dipper}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'dipper-at-least': position!.at }, body: JSON.stringify({ query: `{ rule(id: "${rules[1]!.ruleId}") { account name } }` }) });
    expect(await followed.json()).toMatchObject({ data: { rule: { account: 'alice', name: did('night').name } } });
    expect(app.log()).toContain('"operation":"addRule"');
    expect(app.log()).not.toContain(await tokenOf(stack, 'alice'));
  });

  it('that is there already is named, and then none is added', async () => {
    expect((await add(app, 'alice', rule('dusk'))).error).toBeUndefined();
    const [there] = await rulesOn('dusk');
    await rucio.call('POST', '/rules/', { dids: [did('dusk')], account: 'root', copies: 1, rse_expression: 'PIC|DESY' });
    const [ofOther] = (await rulesOn('dusk')).filter(({ account }) => account === 'root');
    const { error } = await add(app, 'alice', rule('dawn', 'dusk'));
    expect(error).toMatchObject({ code: 'CONFLICT', retryable: false, message: expect.stringContaining(there!.id) as string });
    expect(error!.message).not.toContain(ofOther!.id);
    expect(await rulesOn('dawn')).toEqual([]);
    expect(await lastAudited()).toMatchObject({ outcome: 'CONFLICT', account: 'alice', result: null });
  });

  it('what Rucio refuses bob is refused to bob', async () => {
    expect((await add(app, 'bob', rule('dawn'))).error).toMatchObject({ code: 'FORBIDDEN', message: 'Rucio refuses this: the quota of the account bob is not enough on the RSEs that fit.' });
    expect(await rulesOn('dawn')).toEqual([]);
    expect(await lastAudited()).toMatchObject({ subject: 'bob', account: 'bob', outcome: 'FORBIDDEN', isOver: true });
  });

  it('is for nobody without an account, a permission or a name', async () => {
    expect((await add(app, 'carol', rule('dawn'))).error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('no Rucio account') as string });
    expect(await lastAudited()).toMatchObject({ subject: 'carol', account: null, outcome: 'FORBIDDEN' });
    const before = (await audited()).length;
    expect((await add(app, 'wms', rule('dawn'))).error).toMatchObject({ code: 'FORBIDDEN', message: 'You may not add rules (permission addRule).' });
    expect((await add(app, 'nobody', rule('dawn'))).error).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await audited()).toHaveLength(before);
    expect(app.log()).toContain('write refused');
    expect(await rulesOn('dawn')).toEqual([]);
  });

  it('case 45: what the viewer may not see is as absent', async () => {
    const told = async (person: 'alice', of: string, name: string) => (await add(app, person, { ...rule(), dids: [did(name, of)] })).error!;
    const [hidden, absent] = [await told('alice', secret, 'hidden'), await told('alice', secret, 'absent')];
    expect(hidden).toEqual({ ...absent, message: absent.message.replace('absent', 'hidden') });
    expect(hidden.code).toBe('BAD_USER_INPUT');
  });

  it('tells of locks on files that the viewer sees alone', async () => {
    const [{ who }] = policy.grants as [(typeof policy.grants)[number]];
    const partly = await writeApp(stack, { policy: { grants: [{ who, sees: { scopes: [scope], files: `{ not: { name: { eq: "${did('unseen').name}" } } }` }, may: ['addRule'] }] } });
    await rucio.call('POST', `/dids/${scope}${did('part').name}/dids`, { dids: [did('shown'), did('unseen')] });
    const inMirror = async () => (await mirror.query('select from mirror.content_file cf join mirror.collection c on c.id = cf.collection_id where c.scope = $1 and c.name = $2', [scope, did('part').name])).rowCount;
    await expect.poll(inMirror, { timeout: 20_000 }).toBe(2);
    const { data, error } = await partly.as('alice', 'mutation ($input: AddRuleInput!) { addRule(input: $input) { rules { locksOkCnt copies } } }', { input: { ...rule('part'), copies: 2 } });
    await partly.stop();
    expect([error, data!['addRule']]).toEqual([undefined, { rules: [{ locksOkCnt: 2, copies: 2 }] }]);
  });

  it.each<[string, object, RegExp]>([
    ['no DIDs', { dids: [] }, /No DIDs/],
    ['no copies', { copies: 0 }, /one copy/],
    ['more copies than RSEs', { copies: 3 }, /2 RSEs fit/],
    ['an expression for no RSE', { rseExpression: 'NOWHERE' }, /fits no RSE/],
    ['a broken expression', { rseExpression: 'PIC|' }, /RSE expression/],
    ['a source that is no RSE', { sourceReplicaExpression: 'NOWHERE' }, /fits no RSE/],
    ['no lifetime', { lifetimeDays: 0 }, /lifetimeDays/],
    ['a lifetime of ages', { lifetimeDays: 2_147_483_647 }, /lifetimeDays/],
    ['an activity of its own', { activity: 'Holidays' }, /none of \['Data Brokering'/],
    ['a long comment', { comment: 'x'.repeat(251) }, /comment has at most 250/],
    ['case 22: a NUL', { comment: 'a\0b' }, /character/],
    ['case 23: half a pair', { dids: [did('da\ud800y')] }, /character/],
    ['names that Rucio cannot have', { dids: [did('a b'), { scope: "a'; --", name: 'x' }] }, /does not know/],
  ])('with %s is refused', async (_title, input, sentence) => {
    const { error } = await add(app, 'alice', { ...rule('dawn'), ...input });
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(sentence) as string });
    expect(await rulesOn('dawn')).toEqual([]);
  });

  it('comes by POST, one after another, and never more than a list may have', async () => {
    const twice = await app.as('alice', `mutation ($input: AddRuleInput!) { a: addRule(input: $input) { rules { ruleId } } b: addRule(input: $input) { rules { ruleId } } }`, { input: rule('noon') });
    expect(twice.error).toMatchObject({ code: 'CONFLICT', retryable: false });
    expect(await rulesOn('noon')).toHaveLength(1);
    const get = await fetch(`${app.url}/graphql?${new URLSearchParams({ query: 'mutation { declareBad(input: { lfns: [], rse: "PIC", reason: "x" }) { declared } }' })}`, { headers: { 'apollo-require-preflight': '1', authorization: `Bearer ${await tokenOf(stack, 'alice')}` } });
    expect(get.status).toBe(405);
    expect((await add(app, 'alice', { ...rule(), dids: Array.from({ length: 251 }, (_, at) => did(`n${at}`)) })).error).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('at most 250') as string });
    expect((await declare(app, 'alice', { ...bad('PIC'), lfns: Array.from({ length: 251 }, (_, at) => did(`n${at}`).name) })).error).toMatchObject({ code: 'COST_LIMIT' });
  });
});

describe('what goes wrong on the way', () => {
  it('an answer that is lost is not asked for again, and said to be lost', async () => {
    const lossy = await writeApp(stack, { policy, env: { RUCIO_URL: proxy.url } });
    let sent = 0;
    proxy.rewrite = (path) => (path === '/rules/' && ++sent ? 0 : undefined);
    const { error } = await add(lossy, 'alice', rule('eve')).finally(() => { proxy.rewrite = undefined; });
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: false, message: expect.stringContaining('not known whether this was done') as string });
    expect([sent, (await rulesOn('eve')).length]).toEqual([1, 1]);
    expect(await lastAudited()).toMatchObject({ outcome: 'UPSTREAM_UNAVAILABLE', account: 'alice', isOver: true });
    await lossy.stop();
  });

  it('a Rucio that is away is said to be away, and nothing was done', async () => {
    const away = await writeApp(stack, { policy, env: { RUCIO_URL: 'http://127.0.0.1:9' } });
    expect((await add(away, 'alice', rule('dawn'))).error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(await lastAudited()).toMatchObject({ outcome: 'UPSTREAM_UNAVAILABLE', account: null });
    await away.stop();
  });

  it('what cannot be written down is not done', async () => {
    await mirror.query('alter table dipper.audit rename to audit_away');
    try {
      expect((await add(app, 'alice', rule('dawn'))).error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('was not done') as string });
    } finally {
      await mirror.query('alter table dipper.audit_away rename to audit');
    }
    expect(await rulesOn('dawn')).toEqual([]);
  });

  it('what was begun is written down, though the process is killed in the middle', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dipper-killed-'));
    const file = join(folder, 'access.yaml');
    writeFileSync(file, JSON.stringify({ policy, tokens: { audience: [stack.signIn.audience], issuers: [{ issuer }] } }));
    let isSent!: () => void;
    const sent = new Promise<void>((resolve) => { isSent = resolve; });
    proxy.rewrite = (path) => (path === '/rules/' ? new Promise(() => { isSent(); }) : undefined);
    const child = spawn(process.execPath, ['dist/src/main.js', 'serve'], { env: { ...process.env, ...stack.env, DIPPER_PORT: '0', DIPPER_AUTH: 'access', DIPPER_ACCESS: file, RUCIO_URL: proxy.url }, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      let out = '';
      child.stdout.on('data', (part: Buffer) => { out += String(part); });
      await expect.poll(() => /dipper serve: (http\S+)/.exec(out)?.[1], { timeout: 30_000 }).toBeTruthy();
      const body = JSON.stringify({ query: ADD, variables: { input: { ...rule('killed'), comment: 'killed' } } });
      const answer = fetch(`${/dipper serve: (http\S+)/.exec(out)![1]!}/graphql`, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(stack, 'alice')}` } }).catch(() => 'lost');
      await Promise.race([sent, answer.then(async (one) => { throw new Error(typeof one === 'string' ? one : await one.text()); })]);
      child.kill('SIGKILL');
      expect(await answer).toBe('lost');
    } finally {
      child.kill('SIGKILL');
      proxy.rewrite = undefined;
      rmSync(folder, { recursive: true });
    }
    expect(await rulesOn('killed')).toHaveLength(1);
    expect(await lastAudited()).toMatchObject({ operation: 'addRule', subject: 'alice', input: { comment: 'killed' }, outcome: null, isOver: null });
  });

  it("an account that dipper's identity is not on is out of reach", async () => {
    const lone = `lone${own}`;
    await rucio.call('POST', `/accounts/${lone}`, { type: 'USER', email: 'nobody@example.org' });
    const other = await writeApp(stack, { policy: { ...policy, accounts: [{ who: [{ issuer, subject: 'alice' }], account: lone }] } });
    expect((await add(other, 'alice', rule('dawn'))).error).toMatchObject({ code: 'FORBIDDEN', message: `Rucio does not let dipper act as the account ${lone}. Its operators can change that.` });
    await other.stop();
  });
});

describe("the viewer's own token", () => {
  it('is taken by Rucio for the account of its subject', async () => {
    const byToken = await writeApp(stack, { policy, writes: { ways: ['token'], audience: stack.signIn.audience } });
    const { error } = await add(byToken, 'alice', { ...rule('dawn'), rseExpression: 'PIC' });
    expect(error).toBeUndefined();
    expect((await rulesOn('dawn')).map(({ account, rse_expression: on }) => [account, on])).toEqual([['alice', 'PIC']]);
    expect((await add(byToken, 'bob', rule('dawn'))).error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('quota') as string });
    expect(byToken.log()).not.toContain(await tokenOf(stack, 'alice'));
    await byToken.stop();
  });

  it("does not write for another account than the viewer's: then the next way does", async () => {
    const both = await writeApp(stack, { policy: asRoot, writes: { ways: ['token', 'account'], audience: stack.signIn.audience } });
    const { data, error } = await add(both, 'alice', { ...rule('night'), rseExpression: 'PIC' });
    expect([error, data!['addRule']]).toEqual([undefined, { rules: [expect.objectContaining({ account: 'root' })] }]);
    expect(await lastAudited()).toMatchObject({ account: 'root', outcome: 'OK' });
    await both.stop();
    const alone = await writeApp(stack, { policy: asRoot, writes: { ways: ['token'], audience: stack.signIn.audience } });
    expect((await declare(alone, 'alice', bad('PIC', 'three'))).error).toMatchObject({ code: 'FORBIDDEN', message: 'Rucio does not let dipper act as the account root. Its operators can change that.' });
    await alone.stop();
  });

  it('does not go to Rucio unless it is for Rucio', async () => {
    const elsewhere = await writeApp(stack, { policy, writes: { ways: ['token'], audience: 'https://rucio.example.org' } });
    expect((await add(elsewhere, 'alice', { ...rule('dawn'), rseExpression: 'DESY' })).error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('does not let dipper act') as string });
    await elsewhere.stop();
  });
});

describe('declareBad', () => {
  it('declares where a good copy remains, and says of the others why not', async () => {
    const { data, error } = await declare(root, 'alice', { ...bad('PIC', 'one', 'one', 'single', 'absent'), reason: `it's "bad"; --` });
    expect(error).toBeUndefined();
    const answer = { declared: [did('one').name], refused: [
      { lfn: did('single').name, reason: 'No good copy would remain. Say `force: true` if that is meant.' }, { lfn: did('absent').name, reason: 'The catalogue knows no such file.' },
    ] };
    expect(data!['declareBad']).toEqual(answer);
    expect([await statesOf('one'), await statesOf('single')]).toEqual([{ PIC: 'BAD', DESY: 'AVAILABLE' }, { PIC: 'AVAILABLE' }]);
    expect((await database.query('select reason, account from rucio.bad_replicas where name = $1', [did('one').name])).rows).toEqual([{ reason: `it's "bad"; --`, account: 'root' }]);
    expect(await lastAudited()).toMatchObject({ operation: 'declareBad', subject: 'alice', account: 'root', outcome: 'OK', input: { rse: 'PIC', force: false }, result: answer });

    const again = await declare(root, 'alice', bad('PIC', 'one'));
    expect(again.data!['declareBad']).toEqual({ declared: [], refused: [{ lfn: did('one').name, reason: 'The copy on PIC has been declared bad already.' }] });
    const last = await declare(root, 'alice', bad('DESY', 'one', 'single'));
    expect((last.data!['declareBad'] as { refused: { reason: string }[] }).refused.map(({ reason }) => reason)).toEqual(['No good copy would remain. Say `force: true` if that is meant.', 'There is no copy on DESY.']);
    const forced = await declare(root, 'alice', { ...bad('DESY', 'one'), force: true });
    expect(forced.data!['declareBad']).toEqual({ declared: [did('one').name], refused: [] });
    expect(await lastAudited()).toMatchObject({ input: { force: true }, outcome: 'OK' });
    expect(await statesOf('one')).toEqual({ PIC: 'BAD', DESY: 'BAD' });
  });

  it('of two at a time, one leaves the copy that the other counts on', async () => {
    const other = await writeApp(stack, { policy: asRoot }); // as another process would
    const both = await Promise.all([declare(root, 'alice', bad('PIC', 'left', 'right')), declare(other, 'alice', bad('DESY', 'left', 'right'))]);
    await other.stop();
    expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
    for (const name of ['left', 'right']) expect(Object.values(await statesOf(name)).sort()).toEqual(['AVAILABLE', 'BAD']);
  });

  it("is Rucio's to refuse, and hidden files are as absent", async () => {
    expect((await declare(app, 'alice', bad('PIC', 'two'))).error).toMatchObject({ code: 'FORBIDDEN', message: 'Rucio does not let the account alice do this.' });
    expect(await statesOf('two')).toEqual({ PIC: 'AVAILABLE', DESY: 'AVAILABLE' });
    const hidden = await declare(root, 'alice', { ...bad('PIC'), lfns: [did('hidden', secret).name, did('absent', secret).name], force: true });
    expect((hidden.data!['declareBad'] as { refused: { reason: string }[] }).refused.map(({ reason }) => reason)).toEqual(Array(2).fill('The catalogue knows no such file.'));
  });

  it.each<[string, object, RegExp]>([
    ['no files', { lfns: [] }, /No files/],
    ['no such RSE', { rse: "PIC' or 1=1" }, /no RSE/],
    ['case 55: a path that is no LFN', { lfns: ['/ctao/../x y'] }, /LFN/],
    ['no reason', { reason: ' ' }, /reason/],
    ['a long reason', { reason: 'x'.repeat(256) }, /reason/],
    ['case 22: a NUL', { reason: 'a\0' }, /reason/],
  ])('with %s is refused', async (_title, input, sentence) => {
    expect((await declare(root, 'alice', { ...bad('PIC', 'three'), ...input })).error).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(sentence) as string });
  });
});
