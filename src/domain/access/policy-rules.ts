import { z } from 'zod';
import { permissions } from '../permission.js';

const text = z.string().min(1);

const match = z.strictObject({
  /** The token's issuer, or the subject of the CA. */
  issuer: text.optional(),
  /** The token's subject, or the certificate's. */
  subject: text.optional(),
  /** One of `wlcg.groups`, letter by letter: `/ctao/readers` is not implied by `/ctao`, nor the other way round. */
  group: text.optional(),
  /** One of the certificate's verified VOMS attributes, such as `/ctao/Role=production`. */
  voms: text.optional(),
});
type Match = z.infer<typeof match>;

const isSaid = (one: object) => Object.keys(one).length > 0;
const nothing = 'names nobody: give issuer, subject, group or voms';
const hasIssuer = ({ subject, issuer }: Match) => subject === undefined || issuer !== undefined;
const bare = 'a subject is one of an issuer: give issuer, too';

const person = match.refine(isSaid, nothing).refine(hasIssuer, bare);
const viewer = match.extend({ /** The viewer's Rucio account. */ account: text.optional() })
  .refine(isSaid, nothing.replace('voms', 'voms, or account')).refine(hasIssuer, bare);

const everybody = z.enum(['everyone', 'signed in'], 'is `everyone`, `signed in`, or a list');
const listed = z.array(viewer, 'is `everyone`, `signed in`, or a list').min(1);
/** Everybody; who has signed in; or who fits one of these, with all that it says. Not a union: that would not tell what is wrong in the list. */
const who = z.unknown().transform((input, context) => {
  const { data, error } = typeof input === 'string' ? everybody.safeParse(input) : listed.safeParse(input);
  for (const { path, message } of error?.issues ?? []) context.addIssue({ code: 'custom', path: [...path], message });
  return data ?? z.NEVER;
});

const sees = z.strictObject({
  /** Names of scopes, letter by letter. */
  scopes: z.union([z.literal('all'), z.array(text)], 'is `all`, or a list of names'),
  /** A FileFilter as it is written in GraphQL: only files that fit it. `$now` is the time of the request. */
  files: text.optional(),
  /** The same for datasets and containers, a DidFilter. */
  collections: text.optional(),
});

const grant = z.strictObject({ who, sees: sees.optional(), may: z.array(z.enum(permissions)).default([]) });
export type Grant = z.infer<typeof grant>;

/** Who sees and may what: together what all lines that fit give. Where none fits, nothing. */
export const policyRules = z.strictObject({
  grants: z.array(grant).default([]),
  /** Name of the registry's field that says until when a file is hidden from all who may not see `embargoed` ones. */
  embargo: text.optional(),
  /** At and below which LFN the storage capabilities of an issuer's tokens hold; those of others open nothing. */
  capabilities: z.array(z.strictObject({ issuer: text, under: text.regex(/^\/([^/]+(\/[^/]+)*)?$/, 'is not a path such as /ctao') })).default([]),
  /** The Rucio account of whom: the first line that fits. Where none does, the one account of the viewer's identity in Rucio. */
  accounts: z.array(z.strictObject({ who: z.array(person).min(1), account: text.regex(/^[\w-]{1,30}$/, 'is not the name of an account') })).default([]),
});
export type PolicyRules = z.infer<typeof policyRules>;

/** What no part can tell alone: a group says nothing without its issuer where there are several. */
export function looseGroups({ grants, accounts }: PolicyRules): string[] {
  const lists = [...grants.map(({ who: one }, at) => [`grants.${at}`, one] as const), ...accounts.map(({ who: one }, at) => [`accounts.${at}`, one] as const)];
  return lists.flatMap(([place, one]) => (typeof one !== 'string' && one.some(({ group, issuer }) => group !== undefined && issuer === undefined)
    ? [`policy.${place}.who: several issuers could make a token with this group: give issuer, too`] : []));
}
