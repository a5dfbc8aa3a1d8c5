import { readConfig } from '../../src/config.js';

/** The CTAO profile: the field registry, and the rest. */
const { fields, lfn, rse } = readConfig('schema', {});
export const registry = fields;
export const profile = { lfn, rse };
