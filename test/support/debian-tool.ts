import { existsSync } from 'node:fs';
import { aptInstall } from './apt-install.js';

/** A program of a Debian package; as root it is installed where it is missing, else one sentence says what to run. */
export async function debianTool(command: string, pack: string): Promise<string> {
  if (!existsSync(command)) await aptInstall(pack);
  if (!existsSync(command)) throw new Error(`No ${command} for the tests of certificates: run \`apt-get install -y --no-install-recommends ${pack}\` as root.`);
  return command;
}
