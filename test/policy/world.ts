import type { GraphQLInputType, GraphQLSchema } from 'graphql';
import type { PolicyRules } from '../../src/domain/access/policy-rules.js';
import { nobody, type Identity } from '../../src/domain/identity.js';
import { permissions } from '../../src/domain/permission.js';
import { printInput } from '../../src/read/print-input.js';
import type { Input } from '../support/naive/conditions.js';
import type { Tables } from '../support/naive/tables.js';
import { collectionFilter, fileFilter, moments } from './filters.js';
import type { Random } from './random.js';

/** A grant as the access file has it, and its filters as values. */
export interface WorldGrant { readonly rules: PolicyRules['grants'][number]; readonly files: Input | undefined; readonly collections: Input | undefined }

/** A policy, those who ask, and the time. */
export interface World {
  readonly grants: readonly WorldGrant[];
  readonly rules: PolicyRules;
  readonly users: readonly Identity[];
  readonly now: Date;
}

const issuers = ['https://iam.example/', 'https://other.example/'];
const groups = ['/ctao', '/ctao/readers', '/CTAO', '/ctao/read', '/other'];
const roles = ['/ctao', '/ctao/Role=production', '/ctao/readers'];
const subjects = ['ann', 'bob', 'Ann'];

export function makeWorld(random: Random, tables: Tables, schema: GraphQLSchema): World {
  const scopes = [...new Set([...tables.file, ...tables.collection].map(({ scope }) => scope))].sort();
  const text = (type: string, filter: Input | undefined) => filter && printInput(filter, schema.getType(type) as GraphQLInputType);
  const match = () => random.pick([
    () => ({ group: random.pick(groups) }), () => ({ group: random.pick(groups), issuer: random.pick(issuers) }), () => ({ voms: random.pick(roles) }),
    () => ({ issuer: random.pick(issuers), subject: random.pick(subjects) }), () => ({ issuer: random.pick(issuers) }), () => ({ account: random.pick(['ann', 'ops']) }),
  ])();
  const who = (): PolicyRules['grants'][number]['who'] => random.pick([() => 'everyone' as const, () => 'signed in' as const, ...Array.from({ length: 4 }, () => () => Array.from({ length: 1 + random.below(2) }, match))])();

  const schemaForAll: WorldGrant = { files: undefined, collections: undefined, rules: { who: 'everyone', may: ['introspection'] } };
  const grants = [...(random.chance(0.7) ? [schemaForAll] : []), ...Array.from({ length: random.below(7) }, (): WorldGrant => {
    const files = random.chance(0.4) ? fileFilter(random, tables, true) : undefined;
    const collections = random.chance(0.5) ? collectionFilter(random, tables, true) : undefined;
    const [fileText, collectionText] = [text('FileFilter', files), text('DidFilter', collections)];
    const sees = random.chance(0.85) ? { scopes: random.chance(0.25) ? 'all' as const : random.some(scopes, 0), ...(fileText !== undefined && { files: fileText }), ...(collectionText !== undefined && { collections: collectionText }) } : undefined;
    return { files: sees && files, collections: sees && collections, rules: { who: who(), ...(sees && { sees }), may: random.chance(0.4) ? random.some(permissions) : [] } };
  })];
  // What differs in a filter or a permission alone is easily taken for the same.
  const model = grants.find(({ rules: { sees } }) => sees);
  if (model && random.chance(0.6)) {
    const may = model.rules.may.includes('embargoed') ? [] : ['embargoed' as const];
    grants.push(random.chance(0.5) ? { ...model, rules: { ...model.rules, who: who(), may } } : { files: undefined, collections: undefined, rules: { who: who(), sees: { scopes: model.rules.sees!.scopes }, may: model.rules.may } });
  }

  /** Paths as tokens have them: whole names, what holds them, and what only looks so. */
  const path = () => random.pick([
    () => '/', () => '/ctao', () => '/ctao/od', () => '/CTAO',
    () => random.pick(tables.collection).name, () => random.pick(tables.file).name,
    () => { const { name } = random.pick(tables.file); return name.slice(0, 1 + random.below(name.length)); },
    () => `${random.pick(tables.file).name.split('/').slice(0, 3 + random.below(2)).join('/')}/`,
  ])();
  const user = (): Identity => {
    const issuer = random.pick(issuers);
    if (random.chance(0.15)) return { kind: 'CERTIFICATE', subject: `/C=XX/CN=${random.pick(subjects)}`, issuer: '/C=XX/CN=CA', groups: random.some(roles, 0), scopes: [] };
    const scopes = random.chance(0.35) ? Array.from({ length: 1 + random.below(3) }, () => `storage.${random.pick(['read', 'read', 'read', 'stage', 'create'])}:${path()}`) : [];
    return { kind: 'TOKEN', subject: random.pick(subjects), issuer, groups: random.some(groups, 0), scopes: ['openid', ...scopes] };
  };
  const rules: PolicyRules = {
    grants: grants.map((grant) => grant.rules), ...(random.chance(0.5) && { embargo: 'endTime' }),
    capabilities: issuers.flatMap((issuer) => (random.chance(0.75) ? [{ issuer, under: random.pick(['/', '/ctao', '/ctao/odd', '/ctao/acada']) }] : [])),
    accounts: random.chance(0.7) ? [{ who: [{ issuer: issuers[0]!, subject: 'ann' }, { voms: '/ctao/readers' }], account: 'ann' }, { who: [{ group: '/other' }], account: 'ops' }] : [],
  };
  return { grants, rules, users: [nobody, ...Array.from({ length: 5 }, user)], now: new Date(random.pick(moments(tables.file))) };
}
