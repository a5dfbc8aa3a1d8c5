import { DipperError } from '../../errors.js';
import type { Reading } from './dids.js';
import type { Exchange } from './exchange.js';

export interface Ping {
  /** Whether Rucio answers at all, without a login. Throws UPSTREAM_UNAVAILABLE or TIMEOUT where it does not. */
  ping(reading?: Reading): Promise<void>;
}

export function createPing(exchange: Exchange): Ping {
  return {
    async ping({ signal } = {}) {
      const { statusCode, headers, body } = await exchange.send({ method: 'GET', path: '/ping', signal }, { accept: 'application/json' });
      await body.dump();
      if (statusCode >= 300 || /^text\/html/i.test(String(headers['content-type']))) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio could not answer.');
    },
  };
}
