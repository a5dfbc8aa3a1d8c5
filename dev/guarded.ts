import { stringify } from 'yaml';
import type { Home } from './home.js';
import { writeWhole } from './home.js';
import type { SignIn } from './issuer/issuer.js';

/** Writes the access file of the dipper that asks who is there; gives what that dipper needs of its environment. */
export function guardedEnvironment(home: Home, { issuerUrl, port, signIn }: { issuerUrl: string; port: number; signIn: SignIn }): Record<string, string> {
  const file = home.file('access.yaml');
  writeWhole(file, stringify({
    tokens: { audience: [signIn.audience], issuers: [{ issuer: issuerUrl }] },
    policy: {},
  }));
  return { DIPPER_PORT: String(port), DIPPER_AUTH: 'access', DIPPER_ACCESS: file };
}
