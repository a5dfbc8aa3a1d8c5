import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianTool } from './debian-tool.js';
import type { Credential, TestPki } from './test-pki.js';

const VO = 'vo.example';
const HOST = 'voms.example.org';

/** Makes proxies with VOMS attributes as Debian's own tools do, with no VOMS server. */
export interface VomsProxies {
  /** Extra arguments are those of voms-proxy-fake. */
  make(holder: Credential, server: Credential, ...args: readonly string[]): Credential;
  /** What Debian's voms-proxy-info reads of it. */
  fqans(proxy: Credential): string[];
  /** Writes, or with nothing removes, the names of the VO's server. */
  lsc(...lines: readonly string[]): void;
}

export async function vomsProxies(pki: TestPki): Promise<VomsProxies> {
  const [fake, info] = [await debianTool('/usr/bin/voms-proxy-fake', 'voms-clients'), await debianTool('/usr/bin/voms-proxy-info', 'voms-clients')];
  const env = { PATH: '/usr/bin:/bin', HOME: pki.folder, X509_CERT_DIR: pki.caFolder, X509_VOMS_DIR: pki.vomsFolder };
  let made = 0;
  return {
    make(holder, server, ...args) {
      const out = pki.path(`voms-${++made}.pem`);
      execFileSync(fake, [
        '-cert', holder.certificate, '-key', holder.key, '-certdir', pki.caFolder, '-hostcert', server.certificate, '-hostkey', server.key,
        '-voms', VO, '-uri', `${HOST}:15000`, '-rfc', '-newformat', '-hours', '12', '-vomslife', '12', '-out', out, ...args,
      ], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      return { certificate: out, key: out };
    },
    fqans: (proxy) => execFileSync(info, ['-file', proxy.certificate, '-fqan'], { env, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim().split('\n'),
    lsc(...lines) {
      const file = join(pki.vomsFolder, VO, `${HOST}.lsc`);
      mkdirSync(dirname(file), { recursive: true });
      if (lines.length === 0) rmSync(file, { force: true });
      else writeFileSync(file, `${lines.join('\n')}\n`);
    },
  };
}
