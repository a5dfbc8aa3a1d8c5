import type { FastifyInstance } from 'fastify';

/** Filters and variables of people stay far below; what is deeper would overflow the stack of whoever walks it. */
const DEEPEST = 100;

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : [])).filter((one) => typeof one === 'object');
  }
  return false;
}

/** Answers 400 to JSON bodies with too many levels within each other. */
export function refuseDeepBodies(app: FastifyInstance): void {
  app.addHook('preValidation', async (request, reply) => {
    if (isTooDeep(request.body)) {
      await reply.code(400).send({ errors: [{ message: `The request has more than ${DEEPEST} levels of values within each other.`, extensions: { code: 'BAD_USER_INPUT' } }] });
    }
  });
}
