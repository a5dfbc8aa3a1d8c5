import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../dev/ports.js';
import { debianTool } from './debian-tool.js';
import type { Credential, TestPki } from './test-pki.js';

/** A real nginx with the config that is shipped, of which only addresses and paths are others. */
export class NginxServer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, readonly port: number) {
    this.#child = child;
  }

  static async start(pki: TestPki, host: Credential, socket: string): Promise<NginxServer> {
    const command = await debianTool('/usr/sbin/nginx', 'nginx');
    const port = await freePort();
    const folder = pki.path('nginx');
    mkdirSync(folder);
    const bundle = (kind: RegExp) => readdirSync(pki.caFolder).filter((name) => kind.test(name)).map((name) => readFileSync(join(pki.caFolder, name), 'utf8')).join('');
    writeFileSync(join(folder, 'ca-bundle.pem'), bundle(/\.\d$/));
    writeFileSync(join(folder, 'crl-bundle.pem'), bundle(/\.r\d$/));
    writeFileSync(join(folder, 'host-cert.pem'), readFileSync(host.certificate));
    writeFileSync(join(folder, 'host-key.pem'), readFileSync(host.key), { mode: 0o600 });
    const shipped = readFileSync(new URL('../../deploy/nginx/dipper.conf', import.meta.url), 'utf8').replaceAll('/etc/nginx/dipper', folder).replace('/run/dipper/proxy.sock', socket).replace('listen 443', `listen 127.0.0.1:${port}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
    // As root nginx would run its workers as another user, who may not write to the socket.
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; ${user} worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;\nevents {}\nhttp { access_log off;\n${temporary}\n${shipped}\n}\n`);
    const child = spawn(command, ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    const server = new NginxServer(child, port);
    for (const begun = Date.now(); !await server.#answers(); await sleep(50)) {
      if (child.exitCode !== null || Date.now() - begun > 20_000) throw new Error(`nginx does not answer: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
    }
    return server;
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    const answers = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    return answers;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
