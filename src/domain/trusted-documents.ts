import { createHash } from 'node:crypto';

/** Documents by the SHA-256 of their text, in hex: what codegen writes (`persistedDocuments` of the client preset). */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** Reads a manifest. Gives it, or all that is wrong, one sentence each. */
export function readTrustedDocuments(content: unknown): { documents: TrustedDocuments; problems: string[] } {
  const entries = typeof content === 'object' && content !== null && !Array.isArray(content) ? Object.entries(content as object) : undefined;
  if (!entries) return { documents: new Map(), problems: ['as a whole: is not an object of hashes and documents'] };
  const problems = entries.flatMap(([hash, text]) => (typeof text === 'string' && createHash('sha256').update(text).digest('hex') === hash ? [] : [`${hash}: is not the SHA-256 of its document`]));
  return { documents: new Map(entries as [string, string][]), problems };
}
