import { z } from 'zod';
import type { DidType } from '../../domain/did-type.js';
import type { DidName } from './chunks.js';
import { rowsOf, type ListReading } from './listing.js';
import type { Transport } from './transport.js';
import { checked, didType, listedDid } from './wire.js';

export interface TypedName extends DidName {
  didType: DidType;
}

export interface Names {
  /** Rucio's clock, in whole seconds. */
  now(reading?: ListReading): Promise<Date>;
  /** All scopes that are not deleted. */
  scopes(reading?: ListReading): Promise<string[]>;
  /** Every file, dataset and container of a scope, without order; one request. DIDs that Rucio suppresses are not told. */
  names(scope: string, reading?: ListReading): AsyncGenerator<TypedName>;
}

const entry = z.object({ ...listedDid, did_type: didType });

export function createNames(transport: Transport): Names {
  return {
    now: ({ signal } = {}) => transport.moment({ method: 'GET', path: '/ping', signal }),

    async scopes({ signal } = {}) {
      return checked(z.array(z.string()), await transport.json({ method: 'GET', path: '/scopes/', signal }));
    },

    async *names(scope, { signal, onFault } = {}) {
      const call = { method: 'GET', path: `/dids/${encodeURIComponent(scope)}/dids/search`, query: { type: 'all', long: '1' }, signal } as const;
      for await (const { did_type, ...name } of rowsOf(transport, call, entry, onFault)) yield { ...name, didType: did_type };
    },
  };
}
