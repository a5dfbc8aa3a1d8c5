import { DipperError } from '../errors.js';

/** How names are made: `path` tells the scope from an absolute path, `scope:name` wants it in front. */
export type LfnRules = { readonly form: 'path'; readonly example: string; readonly scopes: readonly ScopePattern[] } | { readonly form: 'scope:name'; readonly example: string };

/** Where a path begins like `path`, its scope is `scope`; <part> is any one part of the path. */
export interface ScopePattern { readonly path: string; readonly scope: string }

export interface Lfn {
  lfn: string;
  scope: string;
  /** The DID's name, which is the LFN. */
  name: string;
}

const MAX_NAME = 250;
const MAX_SCOPE = 25;
const namePatterns = { path: /^\/[A-Za-z0-9][/A-Za-z0-9._-]*$/, 'scope:name': /^[/A-Za-z0-9][/A-Za-z0-9._-]*$/ } as const;
const scopePattern = /^[A-Za-z0-9_.-]+$/;

/** Whether these can be the names of a DID at all: Rucio refuses to look for others. */
export const isDidName = ({ scope, name }: { readonly scope: string; readonly name: string }, { form }: LfnRules): boolean =>
  scope.length <= MAX_SCOPE && scopePattern.test(scope) && name.length <= MAX_NAME && namePatterns[form].test(name);

/** Reads `<lfn>` or `<scope>:<lfn>`. Throws BAD_USER_INPUT for a malformed name and for a scope that disagrees with it. */
export function parseLfn(text: string, rules: LfnRules): Lfn {
  // Neither part may hold a colon, so the last one parts them.
  const colon = text.lastIndexOf(':');
  const given = colon < 0 ? undefined : text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (name.length > MAX_NAME) refuse(`An LFN has at most ${MAX_NAME} characters; this one has ${name.length}.`);
  if (!namePatterns[rules.form].test(name)) {
    refuse(rules.form === 'path'
      ? `${quoted(name)} is not an LFN: it is an absolute path of letters, digits and . _ - /, such as ${rules.example}.`
      : `${quoted(name)} is not a name in Rucio: it is made of letters, digits and . _ - /, such as that of ${rules.example}.`);
  }
  const scope = rules.form === 'path' ? scopeOf(name, rules.scopes) : given;
  if (scope === undefined) refuse(rules.form === 'path' ? `${quoted(name)} tells no scope; an LFN is a path such as ${rules.example}.` : `A name is written with its scope, as in ${rules.example}.`);
  if (given !== undefined && given !== scope) refuse(`The scope ${quoted(given)} disagrees with the LFN, whose scope is ${quoted(scope)}.`);
  if (scope.length > MAX_SCOPE || !scopePattern.test(scope)) {
    refuse(`${quoted(scope)} is not a scope: it has at most ${MAX_SCOPE} letters, digits and . _ -.`);
  }
  return { lfn: name, scope, name };
}

const partsOf = (path: string) => path.split('/').filter((part) => part !== '');

/** Scope by the first pattern that fits the path. */
function scopeOf(path: string, patterns: readonly ScopePattern[]): string | undefined {
  const parts = partsOf(path);
  for (const pattern of patterns) {
    const wanted = partsOf(pattern.path);
    if (wanted.length > parts.length || wanted.some((want, at) => !want.startsWith('<') && want !== parts[at])) continue;
    return pattern.scope.replace(/<\w+>/g, (part) => parts[wanted.indexOf(part)] ?? '');
  }
  return undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

function refuse(message: string): never {
  throw new DipperError('BAD_USER_INPUT', message);
}
