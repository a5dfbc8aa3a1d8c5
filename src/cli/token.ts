import { Command } from 'commander';
import type { Configuration } from 'openid-client';
import { secureAddress } from '../domain/access/secure-address.js';
import { unlessAborted } from '../domain/unless-aborted.js';
import { DipperError } from '../errors.js';
import { run } from './run.js';

interface Options { readonly issuer: string; readonly clientId: string; readonly audience?: string; readonly scope?: string }

/** Shows where to sign in, and waits until somebody has. */
async function byDevice(issuer: Configuration, asked: Record<string, string>, signal: AbortSignal): Promise<string> {
  const [{ initiateDeviceAuthorization, pollDeviceAuthorizationGrant }, { atIssuer, plain }] = await libraries();
  const device = await atIssuer(() => initiateDeviceAuthorization(issuer, asked));
  const { user_code: code, verification_uri: address, verification_uri_complete: complete, expires_in: seconds } = device;
  process.stderr.write(`Open ${plain(address)} and enter the code ${plain(code)}${complete === undefined ? '' : `,\nor open ${plain(complete)}`}.\nThe code is good for ${Math.floor(seconds / 60)} minutes. Waiting ...\n`);
  const end = AbortSignal.timeout(seconds * 1000);
  try {
    const { resource } = asked;
    return (await atIssuer(() => pollDeviceAuthorizationGrant(issuer, device, resource === undefined ? {} : { resource }, { signal: AbortSignal.any([signal, end]) }))).access_token;
  } catch (error) {
    if (end.aborted && !signal.aborted) throw new DipperError('TIMEOUT', 'Nobody signed in before the code had expired.');
    throw error;
  }
}

/** Loaded only here: other commands do without. */
const libraries = () => Promise.all([import('openid-client'), import('../auth/issuer-client.js')]);

export const tokenCommand = (): Command => new Command('token')
  .description('get an access token: sign in by a browser anywhere, or, with DIPPER_CLIENT_SECRET, as a service. Prints the token alone')
  .requiredOption('--issuer <address>', 'who makes the token')
  .requiredOption('--client-id <id>', 'name of this client at the issuer')
  .option('--audience <audience>', 'what the token is for: an audience of the dipper that it will be shown to')
  .option('--scope <scopes>', 'what to ask for; when signing in by a browser `openid wlcg.groups` where it is left out')
  .action(({ issuer: address, clientId, audience, scope }: Options) => run('token', async ({ clientSecret }, signal) => {
    if (!secureAddress.safeParse(address).success) throw new DipperError('BAD_USER_INPUT', '--issuer takes an address that begins with https:// (http:// on loopback only).');
    const [{ clientCredentialsGrant }, { atIssuer, findIssuer, forAudience, plain }] = await libraries();
    const issuer = await unlessAborted(findIssuer({ issuer: address, clientId, clientSecret }), signal);
    const asked = { ...(audience !== undefined && forAudience(audience)), ...(scope !== undefined && { scope }) };
    const token = clientSecret === undefined
      ? await byDevice(issuer, { scope: 'openid wlcg.groups', ...asked }, signal)
      : (await unlessAborted(atIssuer(() => clientCredentialsGrant(issuer, asked)), signal)).access_token;
    process.stdout.write(`${plain(token)}\n`);
  }, { failed: 1, interrupted: 130 }));
