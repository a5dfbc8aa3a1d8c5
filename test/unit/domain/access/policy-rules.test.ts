import { describe, expect, it } from 'vitest';
import { readAccessFile } from '../../../../src/domain/access/access-file.js';

const problemsOf = (policy: object, rest: object = {}) => readAccessFile({ policy, ...rest }).problems;
const issuers = (...names: string[]) => ({ tokens: { audience: ['dipper'], issuers: names.map((issuer) => ({ issuer })) } });

describe('the policy of an access file', () => {
  it('may be empty: then nobody sees anything', () => {
    expect(readAccessFile({ policy: {} }).access?.policy).toEqual({ grants: [], capabilities: [], accounts: [] });
  });

  it.each<[string, object, RegExp]>([
    ['a word for nobody', { grants: [{ who: 'nobody' }] }, /^policy\.grants\.0\.who: is `everyone`, `signed in`, or a list$/],
    ['an empty list', { grants: [{ who: [] }] }, /^policy\.grants\.0\.who: /],
    ['a match that says nothing', { grants: [{ who: 'everyone' }, { who: [{}] }] }, /^policy\.grants\.1\.who\.0: names nobody/],
    ['a subject without its issuer', { grants: [{ who: [{ subject: 'bob' }] }] }, /^policy\.grants\.0\.who\.0: .*give issuer, too$/],
    ['a word that is misspelt', { grants: [{ who: [{ gruop: '/ctao' }] }] }, /^policy\.grants\.0\.who\.0: .*gruop/],
    ['scopes that are neither all nor a list', { grants: [{ who: 'everyone', sees: { scopes: 'acada' } }] }, /^policy\.grants\.0\.sees\.scopes: is `all`, or a list of names$/],
    ['a permission that there is not', { grants: [{ who: 'everyone', may: ['fly'] }] }, /^policy\.grants\.0\.may\.0: /],
    ['an account found by itself', { accounts: [{ who: [{ account: 'bob' }], account: 'bob' }] }, /^policy\.accounts\.0\.who\.0: .*account/],
    ['an account for everyone', { accounts: [{ who: 'everyone', account: 'bob' }] }, /^policy\.accounts\.0\.who: /],
    ['no name of an account', { accounts: [{ who: [{ group: '/ctao' }], account: 'Bob B' }] }, /^policy\.accounts\.0\.account: is not the name of an account$/],
    ['a base that is no path', { capabilities: [{ issuer: 'https://iam.example', under: '/ctao/' }] }, /^policy\.capabilities\.0\.under: is not a path/],
  ])('refuses %s', (_title, policy, told) => {
    expect(readAccessFile({ policy })).toEqual({ access: undefined, problems: expect.arrayContaining([expect.stringMatching(told)]) });
  });

  it('wants the issuer of a group to be named where there are several', () => {
    const policy = { grants: [{ who: [{ group: '/ctao' }] }], accounts: [{ who: [{ group: '/ctao' }], account: 'ctao' }] };
    expect(problemsOf(policy, issuers('https://a.example'))).toEqual([]);
    expect(problemsOf(policy, issuers('https://a.example', 'https://b.example'))).toEqual([
      'policy.grants.0.who: several issuers could make a token with this group: give issuer, too',
      'policy.accounts.0.who: several issuers could make a token with this group: give issuer, too',
    ]);
  });
});
