import { describe, expect, it } from 'vitest';
import { pathOfPfn, pfns, type PathRule, type Protocol } from '../../../src/domain/pfn.js';

const lfn = '/ctao/acada/zoo/a.fits';

function protocol(scheme: string, impl: string, port: number, prefix: string, lan: number | null, wan: number | null): Protocol {
  return { scheme, impl: `rucio.rse.protocols.${impl}`, hostname: 'h.example.org', port, prefix, extendedAttributes: null, domains: { lan: { read: lan }, wan: { read: wan } } };
}

function urls(of: Protocol, pathRule: PathRule | undefined = 'name', path?: string, scope = 'acada', name = lfn): string[] {
  return pfns({ protocols: [of], deterministic: path === undefined, pathRule }, scope, name, path).map((pfn) => pfn.url);
}

describe('pfns', () => {
  // The addresses are those that Rucio 41.5.1 gave for the same protocols.
  it.each([
    [protocol('file', 'posix.Default', 0, '/data/zoo', 1, null), 'file://h.example.org/data/zoo//ctao/acada/zoo/a.fits', 'file://h.example.org/data/zoo/2026/x/odd.fits'],
    [protocol('http', 'webdav.Default', 8080, '/data//zoo/', null, 1), 'http://h.example.org:8080/data//zoo//ctao/acada/zoo/a.fits', 'http://h.example.org:8080/data//zoo/2026/x/odd.fits'],
    [protocol('https', 'gfal.Default', 443, 'data', null, 3), 'https://h.example.org:443/data/ctao/acada/zoo/a.fits', 'https://h.example.org:443/data/2026/x/odd.fits'],
    [protocol('davs', 'gfal.NoRename', 0, '/dav', null, 3), 'davs://h.example.org/dav/ctao/acada/zoo/a.fits', 'davs://h.example.org/dav/2026/x/odd.fits'],
    [protocol('root', 'xrootd.Default', 1094, '//zoo/', 1, null), 'root://h.example.org:1094//zoo//ctao/acada/zoo/a.fits', 'root://h.example.org:1094//zoo//2026/x/odd.fits'],
    [protocol('gsiftp', 'gfal.Default', 2811, '', 0, null), 'gsiftp://h.example.org:2811/ctao/acada/zoo/a.fits', 'gsiftp://h.example.org:2811/2026/x/odd.fits'],
    [protocol('storm', 'storm.Default', 8444, '/st', 5, null), 'storm://h.example.org:8444/st//ctao/acada/zoo/a.fits', 'storm://h.example.org:8444/st//2026/x/odd.fits'],
  ])('joins the parts as $0.impl does', (of, byName, byPath) => {
    expect(urls(of)).toEqual([byName]);
    expect(urls(of, 'name', '/2026/x/odd.fits')).toEqual([byPath]);
    expect(pathOfPfn([of], byPath)).toBe('/2026/x/odd.fits');
  });

  it('knows the ways from name to path', () => {
    const http = protocol('http', 'webdav.Default', 80, '/', null, 1);
    expect(urls(http, 'hash')).toEqual(['http://h.example.org:80/acada/12/71//ctao/acada/zoo/a.fits']);
    expect(urls(http, 'identity')).toEqual(['http://h.example.org:80/acada//ctao/acada/zoo/a.fits']);
    expect(urls(http, 'identity', undefined, 'user.j.doe', 'a')).toEqual(['http://h.example.org:80/user/j/doe/a']);
    expect(pfns({ protocols: [http], deterministic: true, pathRule: undefined }, 'acada', lfn)).toEqual([]);
  });

  it('gives one for each domain that is offered, by priority; 0 is first, null is not offered', () => {
    const protocols = [
      protocol('davs', 'webdav.Default', 443, '/', 2, 1),
      protocol('root', 'xrootd.Default', 1094, '/', 1, null),
      protocol('http', 'webdav.Default', 80, '/', null, 0),
      protocol('scp', 'ssh.Default', 22, '/', 0, 0),
    ];
    const found = pfns({ protocols, deterministic: true, pathRule: 'name' as const }, 'acada', lfn);
    expect(found.map((pfn) => [pfn.priority, pfn.domain, pfn.scheme])).toEqual([[0, 'wan', 'http'], [1, 'lan', 'root'], [1, 'wan', 'davs'], [2, 'lan', 'davs']]);
  });

  it('has none where the RSE is not deterministic and no path is known', () => {
    const rse = { protocols: [protocol('http', 'webdav.Default', 80, '/', 1, 1)], deterministic: false, pathRule: 'name' as const };
    expect(pfns(rse, 'acada', lfn, null)).toEqual([]);
    expect(pathOfPfn(rse.protocols, 'davs://elsewhere/x')).toBeUndefined();
  });
});
