import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Lexer, Source, TokenKind } from 'graphql';
import { DipperError } from '../errors.js';
import { refuse } from './refuse.js';

/** Filters and variables of people stay far below; what is deeper would overflow the stack of whoever walks it. */
const DEEPEST = 100;
/** Brackets of a query within each other: those of its selections, and those of the values in them. */
const DEEPEST_BRACKETS = 2 * DEEPEST;
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

const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function assertQuery(query: unknown): void {
  // Only a query with many brackets is worth the walk.
  if (typeof query !== 'string' || (query.match(/[{[(]/g)?.length ?? 0) <= DEEPEST_BRACKETS) return;
  const lexer = new Lexer(new Source(query));
  const next = () => { try { return lexer.advance().kind; } catch { return TokenKind.EOF; } }; // no GraphQL at all: the parser says so
  let depth = 0;
  let count = 0;
  for (let kind = next(); kind !== TokenKind.EOF; kind = next()) {
    if (opening.has(kind)) {
      depth += 1;
      count += 1;
    } else if (closing.has(kind)) depth -= 1;
    if (depth > DEEPEST_BRACKETS) throw tooDeep();
    if (count > MOST) throw tooMany();
  }
}

/** The variables of a GET request are text. */
function parsed(text: unknown): unknown {
  try { return typeof text === 'string' ? JSON.parse(text) : undefined; } catch { return undefined; }
}

function assertRequest({ body, query }: FastifyRequest): void {
  const inUrl = query as Record<string, unknown>;
  assertValue(body);
  assertValue(parsed(inUrl['variables']));
  assertQuery((body as { query?: unknown } | null | undefined)?.query);
  assertQuery(inUrl['query']);
}

/** Answers 400 to requests with too many levels of values within each other, or too many values that hold others. */
export function refuseDeepBodies(app: FastifyInstance): void {
  app.addHook('preValidation', async (request, reply) => {
    try {
      assertRequest(request);
    } catch (error) {
      if (!(error instanceof DipperError)) throw error;
      await refuse(reply, error);
    }
  });
}
