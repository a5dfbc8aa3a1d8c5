import { describe, expect, it } from 'vitest';
import { readAccessFile } from '../../../../src/domain/access/access-file.js';

const issuer = 'https://iam.test/';
const tokens = { audience: ['https://dipper.test'], issuers: [{ issuer }] };
const problems = (more: object) => readAccessFile({ tokens: { ...tokens, ...more }, policy: {} }).problems;

describe('the section tokens of the access file', () => {
  it('takes RS256 and ES256 unless others are named', () => {
    expect(readAccessFile({ tokens, policy: {} }).access?.tokens).toEqual({ ...tokens, algorithms: ['RS256', 'ES256'] });
  });

  it.each<[string, object]>([
    ['an issuer on this machine', { issuers: [{ issuer: 'http://127.0.0.1:8080' }] }],
    ['a way to sign in', { login: { issuer, clientId: 'web', scope: 'openid' } }],
    ['keys elsewhere', { issuers: [{ issuer, keys: 'https://keys.test/jwks' }] }],
  ])('takes %s', (_title, more) => { expect(problems(more)).toEqual([]); });

  it.each<[string, object, string]>([
    ['no audience', { audience: [] }, 'tokens.audience: '],
    ['no issuer', { issuers: [] }, 'tokens.issuers: '],
    ['an issuer twice', { issuers: [{ issuer }, { issuer }] }, 'tokens.issuers: names an issuer twice'],
    ['an issuer without TLS', { issuers: [{ issuer: 'http://iam.test/' }] }, 'tokens.issuers.0.issuer: is not an address that begins with https://'],
    ['an issuer that only begins like this machine', { issuers: [{ issuer: 'http://127.0.0.1.evil.test' }] }, 'tokens.issuers.0.issuer: is not an address'],
    ['keys in a file', { issuers: [{ issuer, keys: 'file:///etc/keys' }] }, 'tokens.issuers.0.keys: is not an address'],
    ['a secret that both sides know', { algorithms: ['HS256'] }, 'tokens.algorithms.0: is none of RS256'],
    ['no signature', { algorithms: ['none'] }, 'tokens.algorithms.0: is none of RS256'],
    ['a sign-in at an issuer whose tokens are not taken', { login: { issuer: 'https://other.test', clientId: 'web' } }, 'tokens.login.issuer: is none of the issuers'],
    ['a client that is an audience', { login: { issuer, clientId: 'https://dipper.test' } }, 'tokens.login.clientId: is an audience, too'],
    ['a word that is not known', { audiences: [] }, 'tokens: '],
  ])('refuses %s', (_title, more, problem) => { expect(problems(more)).toEqual([expect.stringContaining(problem)]); });
});
