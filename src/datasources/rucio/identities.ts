import { z } from 'zod';
import type { Reading } from './dids.js';
import type { Transport } from './transport.js';
import { checked } from './wire.js';

/** Who somebody is to Rucio: `SUB=<sub>, ISS=<iss>` for tokens, the subject such as `/C=ES/CN=Ann` for certificates. */
export interface RucioIdentity { readonly key: string; readonly type: 'OIDC' | 'X509' }

export interface Identities {
  /** Accounts that the identity may act as. */
  accountsOf(identity: RucioIdentity, reading?: Reading): Promise<string[]>;
}

export const createIdentities = (transport: Transport): Identities => ({
  async accountsOf({ key, type }, { signal } = {}) {
    return checked(z.array(z.string()), await transport.json({ method: 'GET', path: '/identities/accounts', query: { identity_key: key, type }, signal }));
  },
});
