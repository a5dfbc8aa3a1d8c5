import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DipperError } from '../errors.js';
import { refuse } from './refuse.js';
import { scanDocument, type DocumentLimits } from './scan-document.js';

/** Filters and variables of people stay far below; what is deeper would overflow the stack of whoever walks it. */
const DEEPEST = 100;
/** Objects and lists in a request: checking so many against the schema takes a tenth of a second, in which nobody else is served. */
const MOST = 5000;

const tooDeep = () => new DipperError('BAD_USER_INPUT', `The request has more than ${DEEPEST} levels of values within each other.`);
const tooMany = () => new DipperError('COST_LIMIT', `The request has more than ${MOST} objects and lists.`);

function assertValue(value: unknown): void {
  let level: unknown[] = [value];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) throw tooDeep();
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : [])).filter((one) => typeof one === 'object' && one !== null);
    count += level.length;
    if (count > MOST) throw tooMany();
  }
}

/** The variables of a GET request are text. */
function parsed(text: unknown): unknown {
  try { return typeof text === 'string' ? JSON.parse(text) : undefined; } catch { return undefined; }
}

/** Brackets of a query within each other: those of its selections, and those of the values in them. Tokens are enough for 1,000 names. */
const documentLimits = { tokens: 15_000, brackets: MOST, depth: 2 * DEEPEST, selections: 1000, directives: 100 };

function assertRequest({ body, query }: FastifyRequest, limits: DocumentLimits): void {
  const inUrl = query as Record<string, unknown>;
  assertValue(body);
  assertValue(parsed(inUrl['variables']));
  for (const text of [(body as { query?: unknown } | null | undefined)?.query, inUrl['query']]) if (typeof text === 'string') scanDocument(text, limits);
}

/** Answers 400 to requests with too many levels of values within each other, too many values that hold others, or too much in their document: before it is parsed. */
export function refuseLargeRequests(app: FastifyInstance, aliases: number): void {
  const limits = { ...documentLimits, aliases };
  app.addHook('preValidation', async (request, reply) => {
    try {
      assertRequest(request, limits);
    } catch (error) {
      if (!(error instanceof DipperError)) throw error;
      await refuse(reply, error);
    }
  });
}
