import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Open connections go on for so long, while each answer tells to close its own. */
const FAREWELL_MS = 1000;
const QUIET_MS = 100;
/** Then what is under way is ended, with an answer; and at last without. */
const PATIENCE_MS = 7000;
const LAST_MS = 1000;

export interface Shutdown {
  /** Why dipper is not ready, while it ends. */
  readonly reason: () => string | undefined;
  /** Runs `stop`, which ends when all has been answered. Takes 9 s at most. */
  end(stop: () => Promise<void>): Promise<void>;
}

/** Ends a server without dropping what it has accepted: clients are told to close their connections before any is closed. */
export function createShutdown(app: FastifyInstance, underWay: () => number, abort: () => void): Shutdown {
  let isEnding = false;
  app.addHook('onSend', async (_request, reply) => { if (isEnding) reply.header('connection', 'close'); });
  return {
    reason: () => (isEnding ? 'dipper is ending.' : undefined),
    async end(stop) {
      isEnding = true;
      // Node's own close would cut connections whose next request is under way: first, only no new ones are taken.
      if (app.server.listening) net.Server.prototype.close.call(app.server);
      for (let [quiet, waited] = [0, 0]; waited < FAREWELL_MS && quiet < QUIET_MS; waited += 20) {
        await sleep(20);
        quiet = underWay() === 0 ? quiet + 20 : 0;
      }
      const idle = setInterval(() => { app.server.closeIdleConnections(); }, 100);
      const late = setTimeout(abort, PATIENCE_MS);
      const last = setTimeout(() => { app.server.closeAllConnections(); }, PATIENCE_MS + LAST_MS);
      try {
        await stop();
      } finally {
        clearInterval(idle);
        clearTimeout(late);
        clearTimeout(last);
      }
    },
  };
}
