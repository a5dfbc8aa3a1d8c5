import { DipperError } from '../errors.js';

/** How names are made: `ctao` tells the scope from the LFN, `generic` wants `<scope>:<name>`. */
export type NameProfile = 'ctao' | 'generic';

export interface Lfn {
  lfn: string;
  scope: string;
  /** The DID's name, which is the LFN. */
  name: string;
}

const MAX_NAME = 250;
const MAX_SCOPE = 25;
const namePatterns = { ctao: /^\/[A-Za-z0-9][/A-Za-z0-9._-]*$/, generic: /^[/A-Za-z0-9][/A-Za-z0-9._-]*$/ } as const;
const scopePattern = /^[A-Za-z0-9_.-]+$/;

/** Reads `<lfn>` or `<scope>:<lfn>`. Throws BAD_USER_INPUT for a malformed name and for a scope that disagrees with it. */
export function parseLfn(text: string, profile: NameProfile = 'ctao'): Lfn {
  // Neither part may hold a colon, so the last one parts them.
  const colon = text.lastIndexOf(':');
  const given = colon < 0 ? undefined : text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (name.length > MAX_NAME) refuse(`An LFN has at most ${MAX_NAME} characters; this one has ${name.length}.`);
  if (!namePatterns[profile].test(name)) {
    refuse(profile === 'ctao'
      ? `${quoted(name)} is not an LFN: it is an absolute path of letters, digits and . _ - /, such as /ctao/acada/DL0/file.fits.fz.`
      : `${quoted(name)} is not a name in Rucio: it is made of letters, digits and . _ - /.`);
  }
  const scope = profile === 'ctao' ? scopeOf(name) : given;
  if (scope === undefined) refuse('A name is written with its scope, as <scope>:<name>.');
  if (given !== undefined && given !== scope) refuse(`The scope ${quoted(given)} disagrees with the LFN, whose scope is ${quoted(scope)}.`);
  if (scope.length > MAX_SCOPE || !scopePattern.test(scope)) {
    refuse(`${quoted(scope)} is not a scope: it has at most ${MAX_SCOPE} letters, digits and . _ -.`);
  }
  return { lfn: name, scope, name };
}

/** Scope of a CTAO path: its second part; personal data under /<vo>/user/<c>/<name>/ is in user.<name>; what is shorter is in root. */
function scopeOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const scope = parts[1];
  if (scope === undefined) return 'root';
  if (scope !== 'user') return scope;
  return parts[3] === undefined ? 'root' : `user.${parts[3]}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

function refuse(message: string): never {
  throw new DipperError('BAD_USER_INPUT', message);
}
