import { stringify } from 'yaml';
import type { Home } from './home.js';
import { writeWhole } from './home.js';
import type { SignIn } from './issuer/issuer.js';

/** Writes the access file of the dipper that asks who is there; gives what that dipper needs of its environment. */
export function guardedEnvironment(home: Home, { issuerUrl, port, signIn }: { issuerUrl: string; port: number; signIn: SignIn }): Record<string, string> {
  const file = home.file('access.yaml');
  writeWhole(file, stringify({
    tokens: { audience: [signIn.audience], issuers: [{ issuer: issuerUrl }], login: { issuer: issuerUrl, clientId: signIn.web.id } },
    writes: { ways: ['token', 'account'], audience: signIn.audience },
    policy: {
      grants: [
        { who: 'signed in', may: ['introspection'] },
        { who: [{ issuer: issuerUrl, group: '/ctao/archive' }, { issuer: issuerUrl, subject: 'wms' }], sees: { scopes: 'all' }, may: ['access', 'createDip', 'usage', 'embargoed', 'addRule', 'declareBad'] },
        { who: [{ issuer: issuerUrl, group: '/ctao/dpps' }], sees: { scopes: ['dpps'] }, may: ['access', 'createDip', 'addRule'] },
      ],
      capabilities: [{ issuer: issuerUrl, under: '/ctao' }],
    },
  }));
  return {
    DIPPER_PORT: String(port), DIPPER_AUTH: 'access', DIPPER_ACCESS: file,
    DIPPER_PUBLIC_URL: `http://127.0.0.1:${port}`, DIPPER_CLIENT_SECRET: signIn.web.secret,
  };
}
