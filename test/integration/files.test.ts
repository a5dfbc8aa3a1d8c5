import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { parseExactly } from '../support/parse-exactly.js';
import { testStack } from '../support/stack.js';
import { truth, type TrueFile } from '../support/truth.js';

const stack = testStack();
const url = stack.urls.dipper;
const files = truth();

interface Replica { rse: { name: string }; state: string; pfns: { url: string }[] }
interface AnsweredFile {
  scope: string; lfn: string; bytes: number; adler32: string | null; account: string; metadata: Record<string, unknown>;
  replicas: Replica[]; rules: { ruleId: string; state: string }[]; parents: { scope: string; name: string }[];
}
const selection = 'scope lfn bytes adler32 account metadata replicas { rse { name } state pfns { url } } rules { ruleId state } parents { scope name }';
const statesOf = (replicas: readonly Replica[]) => Object.fromEntries(replicas.map(({ rse, state }) => [rse.name, state]));
const trueStates = ({ replicas }: TrueFile) => Object.fromEntries(replicas.map(({ rse, state }) => [rse, state]));

async function byName(consistency: 'MIRROR' | 'LIVE'): Promise<Map<string, AnsweredFile>> {
  const { filesByLfn } = await dataOf<{ filesByLfn: { found: AnsweredFile[]; missing: string[] } }>(url,
    `query ($lfns: [LFN!]!, $c: Consistency!) { filesByLfn(lfns: $lfns, consistency: $c) { missing found { ${selection} } } }`,
    { lfns: files.map(({ name }) => name), c: consistency });
  expect(filesByLfn.missing).toEqual([]);
  return new Map(filesByLfn.found.map((file) => [file.lfn, file]));
}

/** What Rucio's own client says of each file: asked once, for it takes its time. */
let said: Record<string, unknown>[] = [];

describe('every seeded file', () => {
  it('is answered one by one as the truth has it', async () => {
    expect(files.length).toBeGreaterThan(250);
    for (const true_ of files) {
      const { file } = await dataOf<{ file: AnsweredFile | null }>(url, `query ($lfn: LFN!) { file(lfn: $lfn) { ${selection} } }`, { lfn: true_.name });
      expect(file).toMatchObject({ scope: true_.scope, lfn: true_.name, bytes: true_.bytes, adler32: true_.adler32, metadata: true_.metadata });
      expect(statesOf(file!.replicas), true_.name).toEqual(trueStates(true_));
      expect(file!.parents).toEqual(true_.datasets);
    }
  });

  describe.each(['MIRROR', 'LIVE'] as const)('from %s', (consistency) => {
    let answered: Map<string, AnsweredFile>;
    beforeAll(async () => {
      answered = await byName(consistency);
      if (said.length > 0) return;
      const scopes = [...new Set(files.map(({ scope }) => scope))]; // other tests add files in scopes of their own
      const { stdout } = await promisify(execFile)('python3', [new URL('../support/dump-rucio.py', import.meta.url).pathname, ...scopes],
        { env: { ...process.env, ...stack.env }, maxBuffer: 1e8, timeout: 240_000 });
      said = stdout.trim().split('\n').map((line) => parseExactly(line) as Record<string, unknown>);
    }, 300_000);

    it("equals what Rucio's own client says", () => {
      expect(said.map(({ name }) => name).sort()).toEqual(files.map(({ name }) => name).sort());
      for (const file of said) {
        const mine = answered.get(file['name'] as string)!;
        expect(mine, file['name'] as string).toMatchObject({ scope: file['scope'], bytes: file['bytes'], adler32: file['adler32'], account: file['account'] });
        expect(statesOf(mine.replicas)).toEqual(file['states']);
        expect(Object.fromEntries(mine.rules.map(({ ruleId, state }) => [ruleId, state]))).toEqual(file['rules']);
        expect(mine.parents.map(({ scope, name }) => `${scope}:${name}`)).toEqual(file['parents']);
        expect(new Set(mine.replicas.flatMap(({ pfns }) => pfns.map((pfn) => pfn.url)))).toEqual(new Set(file['pfns'] as string[]));
      }
    });
  });

  it('is the same from MIRROR and LIVE', async () => {
    const [mirror, live] = [await byName('MIRROR'), await byName('LIVE')];
    const sorted = (file: AnsweredFile) => ({ ...file, rules: [...file.rules].sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1)) });
    for (const [lfn, file] of mirror) expect(sorted(live.get(lfn)!), lfn).toEqual(sorted(file));
  });
});
