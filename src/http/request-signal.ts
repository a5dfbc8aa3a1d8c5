import { setMaxListeners } from 'node:events';
import type { FastifyReply } from 'fastify';
import { DipperError } from '../errors.js';

/** Aborts when the client goes away before its answer, when the time is up, or when dipper ends; its reason is what the client is told. */
export function requestSignal(reply: FastifyReply, seconds: number, ending: AbortSignal): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // each batch of a request listens
  const timer = setTimeout(() => { controller.abort(new DipperError('TIMEOUT', `The answer took longer than ${seconds} s. Narrow the filter, or ask for fewer files at once.`)); }, seconds * 1000);
  const end = () => { controller.abort(ending.reason); };
  ending.addEventListener('abort', end, { once: true });
  reply.raw.once('close', () => {
    clearTimeout(timer);
    ending.removeEventListener('abort', end);
    if (!reply.raw.writableFinished) controller.abort(new DipperError('TIMEOUT', 'The client went away before its answer.'));
  });
  return controller.signal;
}
