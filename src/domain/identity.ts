/** Who a request has proved to come from, before the archive's policy says what that means. */
export interface Identity {
  readonly kind: 'NONE' | 'TOKEN' | 'CERTIFICATE';
  /** The token's `sub`, or the certificate's subject as Rucio writes it (`/C=../CN=..`). */
  readonly subject: string;
  /** The token's issuer, or the subject of the CA; null where nobody signed in. */
  readonly issuer: string | null;
  /** `wlcg.groups`, or VOMS groups. */
  readonly groups: readonly string[];
  /** Capabilities of the token, such as `storage.read:/ctao`. */
  readonly scopes: readonly string[];
  /** The access token itself, for Rucio; never told, logged or kept. */
  readonly token?: string;
}

/** Who has not signed in. */
export const nobody: Identity = { kind: 'NONE', subject: 'anonymous', issuer: null, groups: [], scopes: [] };
