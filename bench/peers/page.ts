import { z } from 'zod';

/** The fields of the measured page: with `replicas { rse { name } state }`, what every server is asked for. */
export const PAGE_FIELDS = [
  'scope', 'name', 'bytes', 'adler32', 'createdAt', 'obsId', 'sbId', 'telIds', 'subarrayId', 'startTime', 'endTime', 'dataLevel', 'dataType', 'chunkId', 'siteId',
] as const;
export const PAGE_SIZE = 100;

/** The page's query; `files` is the root field with its arguments, as each server writes it. */
export const pageQuery = (files: string): string => `query Page($obsId: BigInt!, $dataType: String!) {
  files: ${files} {
    nodes { ${PAGE_FIELDS.join(' ')} replicas { rse { name } state } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** A page in a form that can be compared between servers: integers as text, times without needless digits, replicas by RSE. */
export interface Page { readonly nodes: readonly Readonly<Record<string, unknown>>[]; readonly hasNextPage: boolean }

const replica = z.object({ rse: z.object({ name: z.string() }), state: z.string() });
const node = z.object({ replicas: z.array(replica) }).catchall(z.union([z.string(), z.number(), z.array(z.number()), z.null()]));
const answer = z.object({
  errors: z.never().optional(),
  data: z.object({ files: z.object({ nodes: z.array(node), pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().min(1) }) }) }),
});

const TIMES: readonly string[] = ['createdAt', 'updatedAt', 'startTime', 'endTime'];
const plain = (field: string, value: unknown): unknown => {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || !TIMES.includes(field)) return value;
  return value.replace(/(\+00(:00)?|Z)$/, '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
};

/** Reads an answer to the page's query, dipper's or a peer's. Throws when it has errors or another shape. */
export function readPage(body: unknown): Page {
  const { nodes, pageInfo } = answer.parse(body).data.files;
  return {
    hasNextPage: pageInfo.hasNextPage,
    nodes: nodes.map(({ replicas, ...fields }) => ({
      ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, plain(field, value)])),
      replicas: replicas.map(({ rse, state }) => `${rse.name} ${state}`).sort(),
    })),
  };
}
