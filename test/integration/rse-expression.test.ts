import { beforeAll, describe, expect, it } from 'vitest';
import { createRucio } from '../../src/datasources/rucio/rucio.js';
import { evaluateRseExpression, parseRseExpression, type RseFacts } from '../../src/domain/rse-expression.js';
import { ask } from '../support/ask.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const { urls, env } = stack;
const COUNT = 500;

/** What an expression picks, or that it is none. Rucio's error for an empty set counts as an empty set. */
type Verdict = string[] | 'invalid';

/** The same numbers in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = seeded(20261123);
const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

function primitive(rses: readonly RseFacts[]): string {
  const { name, attributes } = one(rses);
  const [key, value] = one(Object.entries(attributes));
  const number = one(['0', '1', '2', '-1', '1_0', '1e3', 'inf', '-inf', 'nan', 'abc', '10']);
  return one([
    () => '*', () => name, () => name.toLowerCase(), () => key, () => `${key}=${String(value)}`, () => `${key}=${String(value).toUpperCase()}`, () => `${key}${one(['<', '>'])}${number}`,
    () => `${key}=1`, () => 'NOWHERE', () => `no.such_attribute${one(['=', '<', '>'])}1`, () => `rse=${name}`, () => one(['OFFSITE', 'ONSITE']),
    () => `rse_type=${one(['DISK', 'TAPE', 'disk'])}`, () => `${one(['deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete'])}${one(['', '=true', '=False', '=0', '=foo', '>0'])}`,
  ])();
}

function valid(rses: readonly RseFacts[], depth: number): string {
  let text = '';
  for (let terms = 1 + Math.floor(random() * 4); terms > 0; terms -= 1) {
    text += depth > 0 && random() < 0.45 ? `(${valid(rses, depth - 1)})` : primitive(rses);
    if (terms > 1) text += one(['|', '&', '\\']);
  }
  return text;
}

/** One character more, fewer or other. */
function spoilt(text: string): string {
  const at = Math.floor(random() * (text.length + 1));
  const kept = random() < 0.5 ? at : at + 1;
  return text.slice(0, at) + one(['', '(', ')', '|', '&', '\\', '*', '=', '<', ' ', '.', '_', '-', 'A', ',', '"', "'", ';', '%', 'é']) + text.slice(kept);
}

/** Rucio remembers answers for ten minutes: a part that picks nothing makes each expression new. */
function fresh(text: string, run: string): string {
  return random() < 0.5 ? `NONE-${run}|${text}` : `${text}|NONE-${run}`;
}

async function verdicts(expressions: readonly string[], judge: (expression: string) => Promise<Verdict>): Promise<Map<string, Verdict>> {
  const found = new Map<string, Verdict>();
  const left = [...expressions];
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) found.set(next, await judge(next));
  }));
  return new Map(expressions.map((expression) => [expression, found.get(expression)!]));
}

let rses: RseFacts[];
let expressions: string[];
let truth: Map<string, Verdict>;

beforeAll(async () => {
  const login = { account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
  const rucio = createRucio({ url: urls.rucio, ...login, timeoutMs: 30_000 });
  rses = [];
  for await (const rse of rucio.rses()) rses.push(rse);
  await rucio.close();
  const run = Math.floor(Date.now() / 1000).toString(36).toUpperCase();
  expressions = Array.from({ length: COUNT }, (_, at) => fresh(at % 4 === 0 ? spoilt(valid(rses, 5)) : valid(rses, 5), `${run}-${at}`));

  // Asked without any part of dipper.
  const token = (await fetch(`${urls.rucio}/auth/userpass`, { headers: { 'X-Rucio-Account': login.account, 'X-Rucio-Username': login.username, 'X-Rucio-Password': login.password } })).headers.get('X-Rucio-Auth-Token')!;
  truth = await verdicts(expressions, async (expression) => {
    const answer = await fetch(`${urls.rucio}/rses/?${new URLSearchParams({ expression })}`, { headers: { 'X-Rucio-Auth-Token': token }, signal: AbortSignal.timeout(60_000) });
    const text = await answer.text();
    if (answer.status === 200) return text.trim().split('\n').map((line) => (JSON.parse(line) as { rse: string }).rse).sort();
    expect(answer.status, `${expression}: ${text}`).toBe(400);
    return text.includes('resulted in an empty set') ? [] : 'invalid';
  });
}, 300_000);

describe(`${COUNT} random RSE expressions`, () => {
  it('are of all kinds', () => {
    const all = [...truth.values()];
    expect(all.length).toBe(COUNT);
    expect(all.filter((verdict) => verdict === 'invalid').length).toBeGreaterThan(COUNT / 10);
    expect(all.filter((verdict) => verdict.length === 0).length).toBeGreaterThan(COUNT / 50);
    expect(new Set(all.filter((verdict) => verdict !== 'invalid').map(String)).size).toBeGreaterThan(10);
  });

  it("pick on Rucio's own list of RSEs what Rucio picks", async () => {
    const ours = await verdicts(expressions, async (expression) => {
      try {
        return [...evaluateRseExpression(parseRseExpression(expression), rses)].sort();
      } catch (error) {
        expect(error, expression).toMatchObject({ code: 'BAD_USER_INPUT' });
        return 'invalid';
      }
    });
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(truth));
  });

  it('pick in GraphQL, on the mirror, what Rucio picks', async () => {
    const ours = await verdicts(expressions, async (expression) => {
      const { data, errors, text } = await ask(urls.dipper, 'query ($expression: String) { rses(expression: $expression) { name } }', { expression });
      if (!errors) return (data!['rses'] as { name: string }[]).map(({ name }) => name).sort();
      expect(errors[0]!.extensions.code, text).toBe('BAD_USER_INPUT');
      return errors[0]!.message.endsWith('fits no RSE.') ? [] : 'invalid';
    });
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(truth));
  }, 120_000);
});
