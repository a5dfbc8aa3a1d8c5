import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files (PEM) of a certificate and of its key. */
export interface Credential { readonly certificate: string; readonly key: string }
export interface IssueOptions { readonly days?: number; readonly extensions?: readonly string[]; readonly digest?: string; readonly key?: string; readonly serial?: string }

const person = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment', 'extendedKeyUsage=clientAuth'];
export const authority = (pathLength = ''): string[] => [`basicConstraints=critical,CA:TRUE${pathLength}`, 'keyUsage=critical,keyCertSign,cRLSign'];

/** A PKI made by openssl, below a folder of its own, with a folder of CAs as grids have it. */
export class TestPki {
  readonly folder = mkdtempSync(join(tmpdir(), 'dipper-pki-'));
  readonly caFolder = this.path('cas');
  readonly vomsFolder = this.path('vomsdir');
  /** One key for all whose key does not matter. */
  readonly key: string;
  #serial = 1000;

  constructor() {
    mkdirSync(this.caFolder);
    mkdirSync(this.vomsFolder);
    this.key = this.newKey();
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  openssl(...args: readonly string[]): string {
    return execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  }

  newKey(bits = 2048): string {
    const key = this.path(`${++this.#serial}.key`);
    this.openssl('genrsa', '-out', key, String(bits));
    return key;
  }

  /** A certificate signed by `signer`, or by itself. */
  issue(subject: string, signer: Credential | undefined, { days = 30, extensions = person, digest = 'sha256', key = this.key, serial }: IssueOptions = {}): Credential {
    const base = this.path(String(++this.#serial));
    writeFileSync(`${base}.ext`, extensions.join('\n'));
    this.openssl('req', '-new', '-utf8', '-multivalue-rdn', '-key', key, '-subj', subject, '-out', `${base}.csr`);
    const by = signer ? ['-CA', signer.certificate, '-CAkey', signer.key] : ['-signkey', key];
    this.openssl('x509', '-req', `-${digest}`, '-in', `${base}.csr`, ...by, '-set_serial', serial ?? String(this.#serial), '-days', String(days), '-out', `${base}.pem`, '-extfile', `${base}.ext`);
    return { certificate: `${base}.pem`, key };
  }

  /** A proxy (RFC 3820): subject of the signer and one CN. */
  proxy(subject: string, signer: Credential, { language = 'id-ppl-inheritAll', pathLength, ...options }: IssueOptions & { language?: string; pathLength?: number } = {}): Credential {
    const info = `proxyCertInfo=critical,language:${language}${pathLength === undefined ? '' : `,pathlen:${pathLength}`}`;
    return this.issue(subject, signer, { days: 1, extensions: ['keyUsage=critical,digitalSignature,keyEncipherment', info], ...options });
  }

  /** Puts a CA into the folder, allowed to sign what the patterns fit. */
  trust({ certificate }: Credential, patterns: readonly string[] | undefined, subject = ''): string {
    const hash = this.openssl('x509', '-in', certificate, '-noout', '-subject_hash').trim();
    writeFileSync(join(this.caFolder, `${hash}.0`), readFileSync(certificate));
    if (patterns) writeFileSync(join(this.caFolder, `${hash}.signing_policy`), `# of a test\naccess_id_CA  X509    '${subject}'\npos_rights    globus  CA:sign\ncond_subjects globus  '${patterns.map((pattern) => `"${pattern}"`).join(' ')}'\n`);
    return hash;
  }

  /** Writes the list of what a CA has revoked; out of date where told so. */
  crl(ca: Credential, hash: string, revoked: readonly Credential[] = [], { isStale = false, signer = ca } = {}): void {
    const serials = revoked.map(({ certificate }) => this.openssl('x509', '-in', certificate, '-noout', '-serial').trim().replace('serial=', ''));
    writeFileSync(this.path('index.txt'), serials.map((serial) => `R\t491231235959Z\t200101000000Z\t${serial}\tunknown\t/CN=revoked\n`).join(''));
    writeFileSync(this.path('ca.cnf'), `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.path('index.txt')}\ndefault_md=sha256\ndefault_crl_days=30\n`);
    const times = isStale ? ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200201000000Z'] : [];
    this.openssl('ca', '-gencrl', '-config', this.path('ca.cnf'), '-cert', signer.certificate, '-keyfile', signer.key, '-out', join(this.caFolder, `${hash}.r0`), ...times);
  }

  /** Removes a CA's files of some kind: `r0`, `signing_policy`, `0`. */
  forget(hash: string, kind: string): void {
    rmSync(join(this.caFolder, `${hash}.${kind}`), { force: true });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a client shows: its own certificate first. */
export const shown = (...credentials: readonly Credential[]): { cert: string; key: string } => ({
  cert: credentials.map(({ certificate }) => readFileSync(certificate, 'utf8')).join(''), key: readFileSync(credentials[0]!.key, 'utf8'),
});
