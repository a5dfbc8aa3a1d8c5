import { permissions } from '../domain/permission.js';
import type { Sight } from '../domain/sight.js';
import type { Policy } from './policy.js';

/** Everybody may all, and sees the same: for DIPPER_AUTH=none, which the config allows on loopback only. */
export const openPolicy = (sight: Sight = {}): Policy => ({
  viewerOf: async (identity) => ({ ...identity, account: null, sight, may: new Set(permissions), policyKey: 'open' }),
});
