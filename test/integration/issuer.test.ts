import { expect, it } from 'vitest';
import { signInAs, signInWms } from '../support/sign-in.js';
import { control, testStack } from '../support/stack.js';

const stack = testStack();
const { guarded, issuer } = stack.urls;

async function who(token?: string): Promise<[number, unknown]> {
  const response = await fetch(`${guarded}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: '{"query":"{ viewer { subject issuer groups scopes } }"}', signal: AbortSignal.timeout(30_000),
  });
  const { data, errors } = await response.json() as { data?: { viewer: unknown }; errors?: { message: string }[] };
  return [response.status, data?.viewer ?? errors?.[0]?.message];
}

it.each([['alice', ['/ctao', '/ctao/archive']], ['bob', ['/ctao', '/ctao/dpps']], ['carol', []]] as const)('%s signs in at a real issuer, with groups', async (name, groups) => {
  const { access_token: token } = await signInAs(stack, name);
  expect(await who(token)).toEqual([200, { subject: name, issuer, groups, scopes: [] }]);
});

it('the WMS signs in for itself, with a capability', async () => {
  const { access_token: token } = await signInWms(stack, { scope: 'storage.read:/ctao' });
  expect(await who(token)).toEqual([200, { subject: 'wms', issuer, groups: [], scopes: ['storage.read:/ctao'] }]);
});

it('each sees what the access file of the stack says', async () => {
  const countsOf = async (token?: string) => {
    const response = await fetch(`${guarded}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, signal: AbortSignal.timeout(30_000),
      body: '{"query":"{ all: files { totalCount } dpps: files(where: { scope: { eq: \\"dpps\\" } }) { totalCount } }"}',
    });
    const { data } = await response.json() as { data: Record<'all' | 'dpps', { totalCount: number }> };
    return [data.all.totalCount, data.dpps.totalCount];
  };
  const [alice, bob, carol, wms] = await Promise.all([signInAs(stack, 'alice'), signInAs(stack, 'bob'), signInAs(stack, 'carol'), signInWms(stack)]);
  const [all, dpps] = await countsOf(alice.access_token);
  expect([all! > dpps!, dpps! > 0]).toEqual([true, true]);
  expect(await countsOf(wms.access_token)).toEqual([all, dpps]);
  expect(await countsOf(bob.access_token)).toEqual([dpps, dpps]);
  expect(await countsOf(carol.access_token)).toEqual([0, 0]);
  expect(await countsOf()).toEqual([0, 0]);
});

it('case 39: a capability wins over a wider group', async () => {
  const count = async (scope: string) => {
    const { access_token: token } = await signInAs(stack, 'alice', { scope });
    const response = await fetch(`${guarded}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: '{"query":"{ files { totalCount nodes { lfn } } }"}', signal: AbortSignal.timeout(30_000),
    });
    return (await response.json() as { data: { files: { totalCount: number; nodes: { lfn: string }[] } } }).data.files;
  };
  const [whole, narrow] = [await count('openid wlcg.groups'), await count('openid wlcg.groups storage.read:/ctao/dpps')];
  expect([narrow.totalCount > 0, narrow.totalCount < whole.totalCount]).toEqual([true, true]);
  expect(narrow.nodes.filter(({ lfn }) => !lfn.startsWith('/ctao/dpps/'))).toEqual([]);
});

it('case 37: the ID token of the same sign-in, and a token for another service, are refused', async () => {
  const { id_token: idToken } = await signInAs(stack, 'alice');
  expect(await who(idToken)).toEqual([401, expect.stringMatching(/audience|ID token|no claim/)]);
  const { access_token: elsewhere } = await signInWms(stack, { resource: 'https://storage.test' });
  expect(await who(elsewhere)).toEqual([401, 'The token is for another audience (aud).']);
});

it('while the issuer is down, its tokens are taken by the keys that are known', async () => {
  const { access_token: token } = await signInAs(stack, 'alice');
  expect((await who(token))[0]).toBe(200);
  await control(stack, 'stop', 'issuer');
  try {
    expect((await who(token))[0]).toBe(200);
  } finally {
    await control(stack, 'start', 'issuer');
  }
});
