/** Which subjects a CA may sign, as grids write it in `<hash>.signing_policy`. */
export interface SigningPolicy { allows(ca: string, subject: string): boolean }

interface Entry { readonly ca: string; isSigner: boolean; patterns: string[] }

// Older files have other names for the same attributes.
const today = (name: string) => name.replace(/\/(?:Email|E)=/g, '/emailAddress=').replace(/\/USERID=/g, '/UID=');
const matches = (subject: string, pattern: string) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('.*')}$`, 's').test(subject);

/** Reads a signing policy; undefined where it is not plain what it says. */
export function readSigningPolicy(text: string): SigningPolicy | undefined {
  const entries: Entry[] = [];
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, key, authority, value = ''] = /^(\S+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    const plain = /^'(.*)'$/.exec(value)?.[1] ?? value;
    const entry = entries.at(-1);
    if (key === 'access_id_CA' && authority === 'X509') entries.push({ ca: today(plain.replace(/^"(.*)"$/, '$1')), isSigner: false, patterns: [] });
    else if (key === 'pos_rights' && authority === 'globus' && plain === 'CA:sign' && entry) entry.isSigner = true;
    else if (key === 'cond_subjects' && authority === 'globus' && entry) entry.patterns.push(...(plain.includes('"') ? [...plain.matchAll(/"([^"]*)"/g)].map(([, pattern]) => pattern!) : [plain]).map(today));
    else return undefined;
  }
  return { allows: (ca, subject) => entries.some((entry) => entry.isSigner && entry.ca === ca && entry.patterns.some((pattern) => matches(subject, pattern))) };
}
