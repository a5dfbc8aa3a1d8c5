import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TrustedDocuments } from '../domain/trusted-documents.js';
import { DipperError } from '../errors.js';
import { refuse } from './refuse.js';

type Params = Record<string, unknown>;

/** The hash that stands for a document: `documentId`, or `extensions.persistedQuery.sha256Hash` as Apollo's and other clients have it. */
function hashOf({ documentId, extensions }: Params): string | undefined {
  const hash = documentId ?? (extensions as { persistedQuery?: { sha256Hash?: unknown } } | null | undefined)?.persistedQuery?.sha256Hash;
  return typeof hash === 'string' ? hash.replace(/^sha256:/, '') : undefined;
}

function parsed(text: unknown): unknown {
  try { return typeof text === 'string' ? JSON.parse(text) : undefined; } catch { return undefined; }
}

/** Puts a document in the place of its hash, or checks that the text is one of them. */
function settle(params: Params, documents: TrustedDocuments, isOnly: boolean): Params {
  const hash = hashOf(params);
  const { query, ...others } = params;
  if (hash !== undefined && query === undefined) {
    const text = documents.get(hash);
    if (text === undefined) throw new DipperError('BAD_USER_INPUT', 'There is no trusted document of this hash.');
    return { ...others, query: text, documentId: undefined, extensions: undefined };
  }
  if (isOnly && !documents.has(createHash('sha256').update(typeof query === 'string' ? query : '').digest('hex'))) throw new DipperError('FORBIDDEN', 'Only trusted documents are answered here.');
  return params;
}

function settleRequest(request: FastifyRequest, documents: TrustedDocuments, isOnly: boolean): void {
  if (request.method === 'POST') {
    if (typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body)) request.body = settle(request.body as Params, documents, isOnly);
    else if (isOnly) throw new DipperError('FORBIDDEN', 'Only trusted documents are answered here.');
    return;
  }
  const inUrl = request.query as Params;
  const settled = settle({ ...inUrl, extensions: parsed(inUrl['extensions']) }, documents, isOnly);
  if (settled['query'] === inUrl['query']) return;
  // Apollo reads the URL itself.
  const search = new URLSearchParams(Object.entries(settled).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  request.raw.url = `${request.url.split('?', 1)[0]!}?${search.toString()}`;
}

/** Answers documents by their hash; with `isOnly`, nothing else. */
export function trustDocuments(app: FastifyInstance, documents: TrustedDocuments, isOnly: boolean): void {
  if (documents.size === 0 && !isOnly) return;
  app.addHook('preValidation', async (request, reply) => {
    if (request.routeOptions.url !== '/graphql') return;
    try {
      settleRequest(request, documents, isOnly);
    } catch (error) {
      if (!(error instanceof DipperError)) throw error;
      await refuse(reply, error);
    }
  });
}
