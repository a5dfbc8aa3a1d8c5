import { z } from 'zod';
import type { LfnRules } from './lfn.js';
import { pathRules, rucioPathRules, type PathRule } from './pfn.js';

/** Which RSE attributes mean what, which may be shown, and how Rucio makes paths from names. */
export interface RseProfile {
  /** Attribute that names the data centre; without it the RSE's own name counts. */
  readonly dataCentre: string;
  /** Attribute that is true for RSEs away from the telescopes. */
  readonly offsite: string;
  readonly location: string;
  readonly qos: string;
  /** Attributes that everybody may see. */
  readonly shown: readonly string[];
  /** Algorithm of an RSE that does not say: its policy's default. */
  readonly lfn2pfnAlgorithm: string;
  /** What the algorithms do, by their names in Rucio. */
  readonly pathRules: Readonly<Record<string, PathRule>>;
}

/** What holds for an archive as a whole, beside its metadata fields. */
export interface ArchiveProfile {
  readonly lfn: LfnRules;
  readonly rse: RseProfile;
}

const text = z.string().min(1);
const attribute = z.string('is missing, or is no text').regex(/^[A-Za-z0-9_.-]+$/, 'is not the name of an attribute');
const algorithm = z.string('is missing, or is no text').regex(/^[A-Za-z0-9_-]+$/, 'is not the name of an algorithm');
const placeholders = (pattern: string): readonly string[] => pattern.match(/<\w+>/g) ?? [];

const scopePattern = z.strictObject({ path: text.regex(/^\/([\w.-]|<\w+>|\/)*$/, 'is not a path with parts like <scope>'), scope: text })
  .refine(({ path, scope }) => placeholders(scope).every((part) => placeholders(path).includes(part)), 'the scope names a part that the path does not have');

const profile = z.strictObject({
  lfn: z.discriminatedUnion('form', [
    z.strictObject({ form: z.literal('path'), example: text, scopes: z.array(scopePattern).min(1) }),
    z.strictObject({ form: z.literal('scope:name'), example: text }),
  ]),
  lfn2pfn: z.strictObject({ default: algorithm, algorithms: z.record(algorithm, z.enum(pathRules)).default({}) }),
  rse: z.strictObject({ dataCentre: attribute, offsite: attribute, location: attribute, qos: attribute, shown: z.array(attribute) }),
});

/** Reads a profile. Gives it, or all that is wrong, one sentence each. */
export function readArchiveProfile(content: unknown): { profile: ArchiveProfile | undefined; problems: string[] } {
  const { data, error } = profile.safeParse(content);
  if (!data) return { profile: undefined, problems: error.issues.map(({ path, message }) => `${path.join('.') || 'as a whole'}: ${message}`) };
  const { lfn, lfn2pfn, rse } = data;
  const rules = { ...rucioPathRules, ...lfn2pfn.algorithms };
  if (!Object.hasOwn(rules, lfn2pfn.default)) return { profile: undefined, problems: [`lfn2pfn.default: ${lfn2pfn.default} is not among the algorithms`] };
  return { profile: { lfn, rse: { ...rse, lfn2pfnAlgorithm: lfn2pfn.default, pathRules: rules } }, problems: [] };
}
