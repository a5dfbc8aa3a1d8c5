import type { MetadataField } from '../../src/domain/metadata-field.js';
import type { Identity } from '../../src/domain/identity.js';
import { makeCatalogue, type Catalogue, type Settings } from '../support/naive/catalogue.js';
import { collectionTest, fileTest } from '../support/naive/filters.js';
import type { FileRow, Tables } from '../support/naive/tables.js';
import { microseconds } from '../support/naive/values.js';
import { tablesWith } from '../support/naive/visible.js';
import type { World } from './world.js';

// The policy by the words of docs/access.md, in plain code over plain rows.

const isIn = (name: string, path: string) => path === '/' || name === path.replace(/\/$/, '') || name.startsWith(path.endsWith('/') ? path : `${path}/`);

interface Who { readonly issuer?: string | undefined; readonly subject?: string | undefined; readonly group?: string | undefined; readonly voms?: string | undefined; readonly account?: string | undefined }

function fits(who: 'everyone' | 'signed in' | readonly Who[], user: Identity, groups: readonly string[], account: string | null): boolean {
  if (typeof who === 'string') return who === 'everyone' || user.kind !== 'NONE';
  return who.some((one) => user.kind !== 'NONE'
    && [undefined, user.issuer].includes(one.issuer) && [undefined, user.subject].includes(one.subject) && [undefined, account].includes(one.account)
    && (one.group === undefined || (user.kind === 'TOKEN' && groups.includes(one.group))) && (one.voms === undefined || (user.kind === 'CERTIFICATE' && groups.includes(one.voms))));
}

export interface Seen {
  readonly catalogue: Catalogue;
  /** Names of files and collections that are there, and not to be seen. */
  readonly hidden: ReadonlySet<string>;
  /** The same for two who see the same rows. */
  readonly print: string;
  readonly maySeeSchema: boolean;
}

/** What a user sees of the archive: the rows that are left. */
export function seenBy(user: Identity, world: World, tables: Tables, settings: Settings): Seen {
  const { rules, grants, now } = world;
  const capabilities = user.scopes.filter((scope) => scope.startsWith('storage.'));
  const groups = capabilities.length > 0 ? [] : user.groups;
  const account = rules.accounts.find(({ who }) => fits(who, user, groups, null))?.account ?? null;
  const own = grants.filter((grant) => fits(grant.rules.who, user, groups, account));
  const may = new Set(own.flatMap((grant) => grant.rules.may));

  const paths = capabilities.flatMap((scope) => /^storage\.(?:read|stage):(.*)$/.exec(scope)?.slice(1) ?? []);
  const bases = rules.capabilities.filter(({ issuer }) => issuer === user.issuer).map(({ under }) => under);
  const byPath = ({ name }: { readonly name: string }) => paths.some((path) => isIn(name, path)) && bases.some((base) => isIn(name, base));

  const all = makeCatalogue(tables, settings);
  const tests = own.flatMap(({ rules: { sees }, files, collections }) => (sees ? [{ scopes: sees.scopes, file: fileTest(all, files ?? {}), collection: collectionTest(all, collections ?? {}) }] : []));
  const inScope = (scopes: 'all' | readonly string[], scope: string) => scopes === 'all' || scopes.includes(scope);

  const field: MetadataField | undefined = settings.fields.find(({ name }) => name === rules.embargo);
  const isFree = (file: FileRow) => {
    if (!field || may.has('embargoed')) return true;
    const until = file[field.column];
    if (typeof until === 'string') return microseconds(until) <= BigInt(now.getTime()) * 1000n;
    return [field.key, ...(field.aliases ?? [])].every((key) => (file.metadata[key] ?? null) === null);
  };
  const cut = tablesWith(tables, settings,
    (file) => (capabilities.length > 0 ? byPath(file) : tests.some(({ scopes, file: test }) => inScope(scopes, file.scope) && test(file))) && isFree(file),
    (row) => (capabilities.length > 0 ? byPath(row) : tests.some(({ scopes, collection: test }) => inScope(scopes, row.scope) && test(row))));
  // Rules on DIDs that the mirror does not have are shown to whoever sees everything, whatever there is.
  const seesAll = (capabilities.length > 0 ? paths.includes('/') && bases.includes('/')
    : own.some(({ rules: { sees }, files }) => sees?.scopes === 'all' && !files) && own.some(({ rules: { sees }, collections }) => sees?.scopes === 'all' && !collections)) && (!field || may.has('embargoed'));

  const left = seesAll ? tables : cut;
  const names = new Set([...left.file, ...left.collection].map(({ name }) => name));
  const viewer = { subject: user.subject, issuer: user.issuer, groups: user.groups, scopes: user.scopes, account };
  return {
    maySeeSchema: may.has('introspection'),
    catalogue: makeCatalogue(left, { ...settings, hidesUsage: !may.has('usage'), viewer }),
    hidden: new Set([...tables.file, ...tables.collection].map(({ name }) => name).filter((name) => !names.has(name))),
    print: JSON.stringify([...left.file, '', ...left.collection].map((row) => (typeof row === 'string' ? row : Number(row.id)))),
  };
}
