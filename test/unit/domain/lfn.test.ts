import { describe, expect, it } from 'vitest';
import { parseLfn as read, type LfnRules } from '../../../src/domain/lfn.js';
import { profile } from '../../support/registry.js';

const parseLfn = (text: string, rules: LfnRules = profile.lfn) => read(text, rules);
const scopeName: LfnRules = { form: 'scope:name', example: 'mc23:data/file.root' };

const refused = expect.objectContaining({ code: 'BAD_USER_INPUT' });

describe('parseLfn in the CTAO profile', () => {
  it.each([
    ['/ctao/acada/DL0/a.fits.fz', 'acada'],
    ['/ctao', 'root'],
    ['/ctao/user', 'root'],
    ['/ctao/user/j', 'root'],
    ['/ctao/user/j/jdoe', 'user.jdoe'],
    ['/ctao/user/j/jdoe/a.fits', 'user.jdoe'],
    ['/ctao//acada//a.fits', 'acada'],
    ['/ctao/acada/', 'acada'],
  ])('%s is in scope %s', (lfn, scope) => {
    expect(parseLfn(lfn)).toEqual({ lfn, scope, name: lfn });
  });

  it('takes the scope in front where it agrees', () => {
    expect(parseLfn('acada:/ctao/acada/a')).toEqual({ lfn: '/ctao/acada/a', scope: 'acada', name: '/ctao/acada/a' });
  });

  it('tells both scopes where they disagree', () => {
    expect(() => parseLfn('root:/ctao/acada/a')).toThrow(expect.objectContaining({
      code: 'BAD_USER_INPUT', message: 'The scope "root" disagrees with the LFN, whose scope is "acada".',
    }));
  });

  it.each(['', ':', 'acada:', ':/ctao/acada/a', 'acada', 'ctao/acada/a', '/', '//ctao/acada/a', '/ctao/acada/a b', '/ctao/acada/a\n', '/ctao/acada/ä', '/ctao/acada/a:b', 'a:acada:/ctao/acada/a', '/ctao/acada/*', '/.ctao/x', `/ctao/${'s'.repeat(26)}/x`, `/ctao/user/x/${'s'.repeat(21)}/x`])('refuses %j', (text) => {
    expect(() => parseLfn(text)).toThrow(refused);
  });

  it('takes 250 characters and no more', () => {
    const longest = `/ctao/acada/${'a'.repeat(238)}`;
    expect(parseLfn(longest).name).toHaveLength(250);
    expect(() => parseLfn(`${longest}a`)).toThrow(refused);
    expect(parseLfn(`acada:${longest}`).scope).toBe('acada');
  });

  it('cuts what it repeats', () => {
    expect(() => parseLfn(`x${' '.repeat(200)}`)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{0,200}$/s) }));
  });
});

describe('parseLfn with the scope in front', () => {
  it('takes the scope as given', () => {
    expect(parseLfn('mc23:data/file.root', scopeName)).toEqual({ lfn: 'data/file.root', scope: 'mc23', name: 'data/file.root' });
  });

  it.each(['file.root', ':file', 'mc 23:file', 'mc23:', `${'s'.repeat(26)}:file`, 'a:b:c'])('refuses %j', (text) => {
    expect(() => parseLfn(text, scopeName)).toThrow(refused);
  });
});

describe('parseLfn with patterns', () => {
  const rules: LfnRules = { form: 'path', example: '/lab/run/x', scopes: [{ path: '/<lab>/<year>/<run>', scope: '<run>_<year>' }, { path: '/scratch', scope: 'scratch' }] };

  it.each([['/ill/2026/r5/a.nxs', 'r5_2026'], ['/scratch/a', 'scratch'], ['/scratch/2026/r5', 'r5_2026']])('%s is in scope %s', (lfn, scope) => {
    expect(parseLfn(lfn, rules).scope).toBe(scope);
  });

  it('refuses a path that none of them fits', () => {
    expect(() => parseLfn('/ill/2026', rules)).toThrow('tells no scope; an LFN is a path such as /lab/run/x');
  });
});
