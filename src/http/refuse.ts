import type { FastifyReply } from 'fastify';
import type { DipperError } from '../errors.js';

/** Answers with an error of the catalogue, as GraphQL would write it. */
export function refuse(reply: FastifyReply, { code, status, message, retryable }: DipperError): FastifyReply {
  // RFC 6750: who has not signed in is told how, and who has is told why that does not count.
  if (status === 401) reply.header('www-authenticate', `Bearer realm="dipper"${reply.request.headers.authorization === undefined ? '' : `, error="invalid_token", error_description="${message.replace(/["\\]|[^ -~]/g, '')}"`}`);
  return reply.code(status).send({ errors: [{ message, extensions: { code, retryable } }] });
}
