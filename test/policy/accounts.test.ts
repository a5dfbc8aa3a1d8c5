import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { policyRules } from '../../src/domain/access/policy-rules.js';
import type { Identity } from '../../src/domain/identity.js';
import { RucioRest } from '../support/rucio-rest.js';
import { testStack } from '../support/stack.js';
import { guarded, issuer, somebody } from './guarded.js';

const stack = testStack();
const config = { ...readConfig('serve', { ...stack.env, DIPPER_PORT: '0' }), logLevel: 'silent' };
const own = process.pid.toString(36);
const [synced, ops, leaving] = [`synced-${own}`, `ops-${own}`, `leaving-${own}`];
const dn = `/C=XX/O=dipper/CN=Zoë "Ann" O'Neil ${own}`;
const users: Record<string, Identity> = {
  synced: somebody(`sub-${own}`), other: { ...somebody(`sub-${own}`), issuer: 'https://other.example/' }, twice: somebody(`twice-${own}`), unknown: somebody('unknown'), leaving: somebody(`leaving-${own}`),
  operator: somebody('operator', ['/ctao/operators']), robot: somebody('operator', ['/ctao/operators'], ['storage.read:/ctao']), certificate: { kind: 'CERTIFICATE', subject: dn, issuer: '/CN=CA', groups: [], scopes: [] },
};
const policy = { grants: [{ who: [{ account: synced }], sees: { scopes: ['dpps'] } }], accounts: [{ who: [{ group: '/ctao/operators' }], account: ops }] };
const lines = { accounts: policy.accounts, grants: [{ who: 'signed in', sees: { scopes: ['dpps'] } }] };

beforeAll(async () => {
  const rucio = new RucioRest(stack);
  for (const account of [synced, ops]) await rucio.call('POST', `/accounts/${account}`, { type: 'USER', email: 'nobody@example.org' });
  const add = (account: string, identity: string, authtype: string) => rucio.call('POST', `/accounts/${account}/identities`, { identity, authtype, email: 'nobody@example.org', default: false });
  await add(synced, `SUB=sub-${own}, ISS=${issuer}`, 'OIDC');
  await add(synced, dn, 'X509');
  for (const account of [synced, ops]) await add(account, `SUB=twice-${own}, ISS=${issuer}`, 'OIDC');
});

it('is what the policy says, else the one account that Rucio has for the identity', async () => {
  const dipper = await guarded(config, policy, users);
  afterAll(() => dipper.stop());
  const accountOf = async (user: string) => (await dipper.as(user, '{ viewer { subject account } }')).data!['viewer'];
  expect(await accountOf('synced')).toEqual({ subject: `sub-${own}`, account: synced });
  expect(await accountOf('certificate')).toEqual({ subject: dn, account: synced });
  expect(await accountOf('operator')).toEqual({ subject: 'operator', account: ops });
  for (const user of ['robot', 'other', 'twice', 'unknown']) expect(await accountOf(user)).toEqual(expect.objectContaining({ account: null }));
  expect(await accountOf('nobody')).toEqual({ subject: 'anonymous', account: null });

  const seen = async (user: string) => Number(((await dipper.as(user, '{ files { totalCount } }')).data!['files'] as { totalCount: number }).totalCount) > 0;
  expect(await Promise.all(['synced', 'certificate', 'operator', 'unknown', 'nobody'].map(seen))).toEqual([true, true, false, false, false]);
});

it('is none where Rucio is away, and reads go on without it', async () => {
  const away = { ...config, rucio: { ...config.rucio, url: 'http://127.0.0.1:9' } };
  const dipper = await guarded(away, lines, users);
  afterAll(() => dipper.stop());
  const answer = await dipper.as('synced', '{ viewer { account } files { totalCount } }');
  expect([answer.errors, answer.data!['viewer']]).toEqual([undefined, { account: null }]);
  expect((answer.data!['files'] as { totalCount: number }).totalCount).toBeGreaterThan(0);
});

it('case 48: is used for 60 s at most after it was taken away in Rucio, with all that it may', async () => {
  const [realNow, rucio] = [performance.now.bind(performance), new RucioRest(stack)];
  let ahead = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead); // the one that caches go by
  const identity = { identity: `SUB=leaving-${own}, ISS=${issuer}`, authtype: 'OIDC' };
  await rucio.call('POST', `/accounts/${leaving}`, { type: 'USER', email: 'nobody@example.org' });
  await rucio.call('POST', `/accounts/${leaving}/identities`, { ...identity, email: 'nobody@example.org', default: false });
  const dipper = await guarded(config, { grants: [{ who: [{ account: leaving }], sees: { scopes: ['dpps'] } }] }, users);
  try {
    const seen = async () => {
      const { viewer, files } = (await dipper.as('leaving', '{ viewer { account } files { totalCount } }')).data as { viewer: { account: string | null }; files: { totalCount: number } };
      return [viewer.account, files.totalCount > 0];
    };
    expect(await seen()).toEqual([leaving, true]);
    await rucio.call('DELETE', `/accounts/${leaving}/identities`, identity);
    ahead = 61_000;
    expect(await seen()).toEqual([null, false]);
  } finally {
    clock.mockRestore();
    await dipper.stop();
  }
});

it('is asked of Rucio by nobody who does not want it', async () => {
  const asked: string[] = [];
  const { createRucio } = await import('../../src/datasources/rucio/rucio.js');
  const rucio = createRucio({ ...config.rucio, timeoutMs: 20_000, onCall: ({ path }) => { asked.push(path); } });
  const dipper = await guarded(config, lines, users, { rucio });
  afterAll(() => dipper.stop());
  await dipper.as('synced', '{ viewer { subject } files { totalCount } }');
  expect(asked).toEqual([]);
  for (let at = 0; at < 3; at += 1) await dipper.as('synced', '{ viewer { account } }');
  expect(asked.filter((path) => path.startsWith('/identities'))).toHaveLength(1);
});

it('stops a start with a policy that cannot be: all that is wrong is told', async () => {
  const wrong = { embargo: 'dataType', grants: [
    { who: 'everyone', sees: { scopes: 'all', files: '{ releas: { isNull: true } }' } }, { who: 'everyone', sees: { scopes: 'all', files: '{ within: "/ctao/acada/DL0" }' } },
    { who: 'everyone', sees: { scopes: 'all', files: '{ endTime: { lt: "soon" } }' } }, { who: 'everyone', sees: { scopes: 'all', files: '{ endTime: { lt: $then } }' } },
    { who: 'everyone', sees: { scopes: 'all', collections: '{ name: { like: "%a%b%c%d" } }' } }, { who: 'everyone', sees: { scopes: 'all', files: '{ name: {} }' } }, { who: 'everyone', sees: { scopes: 'all', files: '{' } },
  ] };
  const failed: unknown = await createApp({ ...config, access: { policy: policyRules.parse(wrong) } }).catch((error: unknown) => error);
  const { problems } = failed as { problems: string[] };
  expect(problems).toEqual([
    expect.stringMatching(/grants\.0\.sees\.files: .*releas/), expect.stringMatching(/grants\.1\.sees\.files: within/), expect.stringMatching(/grants\.2\.sees\.files: .*soon/), expect.stringMatching(/grants\.3\.sees\.files: .*then/),
    expect.stringMatching(/grants\.4\.sees\.collections: .*three %/), expect.stringMatching(/grants\.5\.sees\.files: .*no operator/), expect.stringMatching(/grants\.6\.sees\.files: .*cannot be read/),
    expect.stringMatching(/embargo: dataType is not a field of type DateTime/),
  ]);
});
