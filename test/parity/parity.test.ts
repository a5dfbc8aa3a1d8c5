import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { fitsCondition, type Condition } from '../support/metadata-oracle.js';
import { askDipper, askRucio, inParallel, literal, searchRucio } from '../support/parity-ask.js';
import { emptyRucio, fillRucio, parityCatalogue } from '../support/parity-catalogue.js';
import { compare } from '../support/parity-compare.js';
import { namedDifferences } from '../support/parity-differences.js';
import { filterText, type Dnf } from '../support/parity-dnf.js';
import { ParityGenerator } from '../support/parity-filters.js';
import { seeded } from '../support/parity-random.js';
import { RucioRest } from '../support/rucio-rest.js';
import { testStack } from '../support/stack.js';

const SEED = 20261123;
const FILTERS = 2300;
const LEAST = 100;
const BATCH = 10;

const stack = testStack();
const url = stack.urls.dipper;
// Always as many letters: draws depend on the length of names, and so do the counts.
const catalogue = parityCatalogue(process.pid.toString(36).padStart(5, '0'), SEED);
const rucio = new RucioRest(stack);
const [scope] = catalogue.scopes as [string];

beforeAll(async () => {
  await fillRucio(stack, catalogue);
  const where = literal({ scope: { in: catalogue.scopes } });
  const kinds = ['files', 'datasets', 'containers'];
  for (const begun = Date.now(); ;) {
    const counts = await dataOf<Record<string, { totalCount: number }>>(url, `{ ${kinds.map((kind) => `${kind}(where: ${where}) { totalCount }`).join(' ')} }`);
    if (kinds.reduce((sum, kind) => sum + counts[kind]!.totalCount, 0) === catalogue.dids.length) break;
    if (Date.now() - begun > 60_000) throw new Error(`The mirror has not taken in the catalogue after a minute: ${JSON.stringify(counts)}`);
    await sleep(200);
  }
}, 180_000);
afterAll(() => emptyRucio(stack, catalogue), 60_000);

describe('Rucio means something else than dipper, and it is named', () => {
  const files = catalogue.dids.filter((did) => did.scope === scope && did.type === 'FILE');
  const found = async (dnf: Dnf) => {
    const isFile = new Set(files.map(({ name }) => name));
    const names = await searchRucio(rucio, scope, filterText(dnf), 'file');
    return { all: names.sort(), files: names.filter((name) => isFile.has(name)) };
  };
  it.each(namedDifferences)('$name', async ({ where, rucio: plain, gives, instead }) => {
    const [set] = await askDipper(url, [{ where: { scope: { eq: scope }, ...where }, kinds: ['FILE'] }]);
    const names = [...set!].sort();
    expect(names.length).toBeGreaterThan(0);
    expect(names.length).toBeLessThan(files.length);
    if (gives === 'more' || gives === 'less') {
      const { all } = await found(plain);
      const [larger, smaller] = gives === 'more' ? [all, names] : [names, all];
      expect(smaller.length).toBeLessThan(larger.length);
      expect(larger).toEqual(expect.arrayContaining(gives === 'more' ? smaller : smaller.filter((name) => files.some((file) => file.name === name))));
    } else {
      await expect(found(plain)).rejects.toThrow(gives);
    }
    if (instead) {
      expect((await found(instead)).files).toEqual(names);
    } else if ('metadata' in where) {
      const conditions = where.metadata as readonly Condition[];
      const bytes = (where as { bytes?: { gt: number } }).bytes?.gt ?? -1;
      const fitting = files.filter((file) => file.bytes! > bytes && conditions.every((condition) => fitsCondition(file.metadata ?? {}, condition)));
      expect(names).toEqual(fitting.map(({ name }) => name).sort());
    }
  });
});

it('random filters find the same in dipper as in Rucio', async () => {
  const generator = new ParityGenerator(catalogue, seeded(SEED));
  const filters = Array.from({ length: FILTERS }, () => generator.next());
  const batches = Array.from({ length: Math.ceil(FILTERS / BATCH) }, (_, index) => filters.slice(index * BATCH, (index + 1) * BATCH));
  const compared = (await inParallel(4, batches, async (batch) => {
    const dipper = await askDipper(url, batch);
    const answers: { where: string; filters: string; result: ReturnType<typeof compare> }[] = [];
    for (const [index, filter] of batch.entries()) {
      answers.push({ where: literal(filter.where), filters: filter.filters, result: compare(catalogue, filter, await askRucio(rucio, filter), dipper[index]!) });
    }
    return answers;
  })).flat();

  const operators = [...generator.counts].filter(([name]) => !name.startsWith('scope.')).sort();
  const share = (of: string) => compared.filter(({ result }) => result.share === of).length / compared.length;
  console.log(`${compared.length} filters: ${['nothing', 'some', 'all'].map((of) => `${Math.round(share(of) * 100)} % match ${of}`).join(', ')}`);
  console.log([...generator.counts].sort().map(([name, count]) => `${name} ${count}`).join(', '));

  const differing = compared.filter(({ result }) => result.onlyRucio.length + result.onlyDipper.length > 0);
  expect(differing.slice(0, 5).map(({ where, filters: asked, result }) => ({ where, asked, onlyRucio: result.onlyRucio.slice(0, 3), onlyDipper: result.onlyDipper.slice(0, 3) })),
    `${differing.length} filters find different names`).toEqual([]);
  expect(operators.length).toBe(46);
  expect(operators.filter(([, count]) => count < LEAST)).toEqual([]);
  expect(share('some')).toBeGreaterThan(0.6);
}, 300_000);
