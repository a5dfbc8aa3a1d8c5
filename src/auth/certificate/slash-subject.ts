import { refused } from './refused.js';

/** Attributes that Rucio and grids write by these names. */
const known = new Set(['C', 'ST', 'L', 'O', 'OU', 'CN', 'DC', 'UID', 'emailAddress', 'serialNumber', 'SN', 'GN', 'title', 'street']);

/**
 * The subject of a certificate as Rucio writes identities, `/C=../CN=..`, from Node's text of it (a line for each part, escaped as in RFC 2253).
 * Two subjects never give the same text: what could be taken for another is refused.
 */
export function slashSubject(name: string | undefined): string {
  if (!name) throw refused('The certificate has no subject.');
  return name.split('\n').map((line) => {
    const [, type = '', escaped = ''] = /^([A-Za-z0-9.]+)=(.*)$/.exec(line) ?? [];
    if (!known.has(type)) throw refused(`The certificate's subject has a part that is not known here: ${type || 'one without a name'}.`);
    if (/(?<!\\)(?:\\\\)*\+/.test(escaped)) throw refused("The certificate's subject has parts of two attributes, which cannot be told from two parts.");
    const value = escaped.replace(/\\([0-9A-Fa-f]{2}|.)/g, (_, code: string) => (code.length === 2 ? String.fromCharCode(parseInt(code, 16)) : code));
    // Rucio's identities may have `\xC3` for a letter that is not ASCII.
    if (value === '' || /[\p{Cc}\p{Cf}\\]/u.test(value)) throw refused("The certificate's subject has an empty part, or one with a letter that cannot be shown.");
    if (/\/[A-Za-z0-9.]+=/.test(value)) throw refused("The certificate's subject has a part that could be taken for several.");
    return `/${type}=${value}`;
  }).join('');
}
