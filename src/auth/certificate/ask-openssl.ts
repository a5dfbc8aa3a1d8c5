import { execFile } from 'node:child_process';
import type { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DipperError } from '../../errors.js';
import { refused } from './refused.js';
import type { Chain } from './walk-chain.js';

const TIMEOUT_MS = 5_000;
// What the machine's own OpenSSL is set to, and trusts, does not count. 112 bits: no MD5, no SHA-1, no RSA below 2048.
const ONLY_THESE = ['verify', '-no-CAfile', '-no-CApath', '-no-CAstore', '-auth_level', '2'];

/** `person`: may be a client of TLS. `any`: whatever its key is for. */
export type Purpose = 'person' | 'any';

/**
 * Lets OpenSSL verify a chain: signatures, times, path lengths, constraints, uses of keys, names and depths of proxies (RFC 3820); and each
 * certificate of a CA that has revocation lists against them, which must be in date. Throws UNAUTHENTICATED with OpenSSL's reason.
 */
export async function askOpenssl({ proxies, holder, authorities }: Chain, purpose: Purpose): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dipper-chain-'));
  const write = async (name: string, certificates: readonly X509Certificate[]) => {
    const path = join(folder, name);
    await writeFile(path, certificates.map((certificate) => certificate.toString()).join(''), { mode: 0o600 });
    return path;
  };
  try {
    const presented = [...proxies, holder].map(({ x509 }) => x509);
    const [leaf, rest, trusted] = await Promise.all([write('leaf', presented.slice(0, 1)), write('rest', presented.slice(1)), write('trusted', authorities.map(({ x509 }) => x509))]);
    const forPurpose = purpose === 'person' ? ['-purpose', 'sslclient'] : [];
    await verify([...forPurpose, '-allow_proxy_certs', '-trusted', trusted, ...presented.length > 1 ? ['-untrusted', rest] : [], leaf]);
    const signed = [holder.x509, ...authorities.map(({ x509 }) => x509)];
    for (const [at, ca] of authorities.entries()) {
      if (ca.crls.length === 0) continue;
      const [certificate, signer] = await Promise.all([write('signed', [signed[at]!]), write('signer', [ca.x509])]);
      await verify(['-partial_chain', '-trusted', signer, '-crl_check', ...ca.crls.flatMap((crl) => ['-CRLfile', crl]), certificate]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verify(args: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', OPENSSL_CONF: '/dev/null' };
  const { error, text } = await new Promise<{ error: Error | null; text: string }>((resolve) => {
    execFile('openssl', [...ONLY_THESE, ...args], { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 256 * 1024 }, (failure, stdout, stderr) => { resolve({ error: failure, text: `${stdout}\n${stderr}` }); });
  });
  if (!error) return;
  const reason = /^error \d+ at \d+ depth lookup: ?(.{1,200})$/m.exec(text)?.[1];
  if (reason) throw refused(`The certificate does not hold: ${reason}.`);
  throw new DipperError('UNAVAILABLE', 'Certificates cannot be checked now.', { cause: new Error(`openssl verify: ${text.trim().slice(0, 500) || error.message}`) });
}
