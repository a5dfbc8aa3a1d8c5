import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt, type JWTPayload } from 'jose';

/** Sealed texts that only processes with the same secret can read, or make. */
export interface Seal {
  /** `purpose` tells texts of one kind from those of another; `expires` in seconds since the epoch. */
  seal(purpose: string, content: JWTPayload, expires: number): Promise<string>;
  /** Undefined where the text is not sealed by us for this, or has expired. */
  open(purpose: string, text: string): Promise<JWTPayload | undefined>;
}

/** `now`: milliseconds since the epoch. */
export function createSeal(secret: string, now: () => number): Seal {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'dipper sessions', 32));
  return {
    seal: (purpose, content, expires) => new EncryptJWT(content).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).setAudience(purpose).setExpirationTime(expires).encrypt(key),
    async open(purpose, text) {
      try {
        const { payload } = await jwtDecrypt(text, key, {
          audience: purpose, requiredClaims: ['exp'], currentDate: new Date(now()), keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'],
        });
        return payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
