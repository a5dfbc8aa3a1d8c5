import { describe, expect, it } from 'vitest';
import { readNdjson } from '../../../../src/datasources/rucio/ndjson.js';
import { all } from './stub.js';

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

const truncated = { code: 'UPSTREAM_TRUNCATED' };

describe('readNdjson', () => {
  it('takes lines however they are cut', async () => {
    const bytes = new TextEncoder().encode('{"name":"né €🔭"}\n\n[1]\r\n"x"\n');
    expect(await all(readNdjson(pieces(bytes)))).toEqual([{ name: 'né €🔭' }, [1], 'x']);
    expect(await all(readNdjson(pieces(...Array.from(bytes, (byte) => Uint8Array.of(byte)))))).toEqual([{ name: 'né €🔭' }, [1], 'x']);
    expect(await all(readNdjson(pieces()))).toEqual([]);
  });

  it('yields each line before the next has come', async () => {
    const rows = readNdjson((async function* endless() {
      for (;;) yield new TextEncoder().encode('1\n');
    })());
    expect((await rows.next()).value).toBe(1);
    await rows.return(undefined);
  });

  it.each([
    ['half a line', ['{"a":1}\n{"a"']],
    ['a whole value whose end is not sure', ['12']],
    ['half a value', ['{"a":\n']],
    ['half a character', [Uint8Array.of(0x22, 0xe2, 0x82)]],
    ['bytes that are no text', [Uint8Array.of(0xff, 0x0a)]],
  ])('tells %s', async (_, parts) => {
    await expect(all(readNdjson(pieces(...parts)))).rejects.toMatchObject(truncated);
  });

  it('gives what came before the break', async () => {
    const rows = readNdjson(pieces('1\n2\n{'));
    expect([(await rows.next()).value, (await rows.next()).value]).toEqual([1, 2]);
    await expect(rows.next()).rejects.toMatchObject(truncated);
  });

  it('case 64: gives up a line of 10 GB after some MB, and holds no more of it than that', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    const endless = (async function* () { for (; sent < 10_240; sent += 1) yield megabyte; })();
    const before = process.memoryUsage().rss;
    await expect(all(readNdjson(endless))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(sent).toBeLessThan(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('refuses a line without end', async () => {
    await expect(all(readNdjson(pieces('"', 'x'.repeat(600), 'x'.repeat(600)), 1000))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(await all(readNdjson(pieces(`"${'x'.repeat(900)}"\n`.repeat(5)), 1000))).toHaveLength(5);
  });
});
