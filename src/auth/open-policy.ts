import { createHash } from 'node:crypto';
import { permissions, type Permission } from '../domain/permission.js';
import type { Sight } from '../domain/sight.js';
import type { Policy } from './policy.js';

/** Everybody may all, and sees the same: for DIPPER_AUTH=none, which the config allows on loopback only. */
export function openPolicy(sight: Sight = {}, may: readonly Permission[] = permissions): Policy {
  const policyKey = createHash('sha256').update(JSON.stringify(['open', sight, may])).digest('base64url');
  return { viewerOf: async (identity) => ({ ...identity, account: async () => null, sight, may: new Set(may), policyKey }) };
}
