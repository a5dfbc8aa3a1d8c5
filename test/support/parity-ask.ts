import { dataOf } from './ask.js';
import type { DidKind, ParityFilter } from './parity-filters.js';
import type { RucioRest } from './rucio-rest.js';

const fields: Readonly<Record<DidKind, string>> = { FILE: 'files', DATASET: 'datasets', CONTAINER: 'containers' };
const PAGE = 1000;

/** The value as GraphQL writes it: literals carry all digits of a bigint. */
export function literal(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, one]) => `${key}: ${literal(one)}`).join(', ')}}`;
}

interface Page { readonly nodes: readonly { readonly name: string }[]; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } }

/** Names that fit each filter, asked for in one request; longer answers are read to their end. */
export async function askDipper(url: string, filters: readonly Pick<ParityFilter, 'where' | 'kinds'>[]): Promise<Set<string>[]> {
  const found = filters.map(() => new Set<string>());
  let open = filters.flatMap(({ where, kinds }, index) => kinds.map((kind) => ({ index, kind, where, after: undefined as string | undefined })));
  while (open.length > 0) {
    const query = open.map(({ kind, where, after }, index) =>
      `f${index}: ${fields[kind]}(where: ${literal(where)}, first: ${PAGE}${after ? `, after: "${after}"` : ''}) { nodes { name } pageInfo { hasNextPage endCursor } }`);
    const data = await dataOf<Record<string, Page>>(url, `{ ${query.join('\n')} }`);
    open = open.flatMap((one, index) => {
      const { nodes, pageInfo } = data[`f${index}`]!;
      for (const { name } of nodes) found[one.index]!.add(name);
      return pageInfo.hasNextPage ? [{ ...one, after: pageInfo.endCursor! }] : [];
    });
  }
  return found;
}

/** Names that Rucio finds in one scope. */
export async function searchRucio(rucio: RucioRest, scope: string, filters: string, type: string): Promise<string[]> {
  const search = () => rucio.call('GET', `/dids/${scope}/dids/search?${new URLSearchParams({ type, filters }).toString()}`);
  // Rucio's server closes idle connections without a word, and its Python cannot parse literals in two threads at a time: what meets that is asked again.
  const isChance = (error: unknown) => error instanceof TypeError || (error instanceof Error && error.message.includes('AST constructor recursion depth mismatch'));
  const text = await search().catch((error: unknown) => (isChance(error) ? search() : Promise.reject(error)));
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as string);
}

/** Names that fit the filter, asked for scope by scope. */
export async function askRucio(rucio: RucioRest, { kinds, scopes, filters }: ParityFilter): Promise<Set<string>> {
  const type = kinds.length === 1 ? kinds[0]!.toLowerCase() : 'all';
  const found: string[] = [];
  for (const scope of scopes) found.push(...await searchRucio(rucio, scope, filters, type));
  return new Set(found);
}

/** Does the work on all, so many at a time; answers in their order. */
export async function inParallel<T, R>(workers: number, all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let at = next++; at < all.length; at = next++) results[at] = await work(all[at]!);
  }));
  return results;
}
