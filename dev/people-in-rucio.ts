import { RUCIO_USERNAME } from './rucio.js';
import { StackFailure } from './stack-failure.js';

/** Whose accounts Rucio has, and whether they have a quota; who is not here has signed up with the issuer alone. */
const accounts = { alice: true, bob: false } as const;

/**
 * What CTAO's sync of IAM with Rucio makes: an account for each person, with the person's identity at the issuer; and what an operator adds so that dipper
 * can write for them: its own identity. Does nothing the second time.
 */
export async function addPeople({ url, password, issuerUrl, signal }: { url: string; password: string; issuerUrl: string; signal: AbortSignal }): Promise<void> {
  const send = (path: string, init: RequestInit) => fetch(url + path, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) });
  const login = await send('/auth/userpass', { headers: { 'X-Rucio-Account': 'root', 'X-Rucio-Username': RUCIO_USERNAME, 'X-Rucio-Password': password } });
  const headers = { 'X-Rucio-Auth-Token': login.headers.get('x-rucio-auth-token') ?? '', 'Content-Type': 'application/json' };
  const add = async (path: string, body: object) => {
    const answer = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok && answer.status !== 409) throw new StackFailure(`Rucio did not take the accounts of people: ${path}: ${answer.status}.`); // 409: it is there
  };
  const rses = (await (await send('/rses/', { headers })).text()).split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { rse: string }).rse);
  for (const [name, hasQuota] of Object.entries(accounts)) {
    const email = `${name}@example.org`;
    await add(`/accounts/${name}`, { type: 'USER', email });
    await add(`/accounts/${name}/identities`, { identity: `SUB=${name}, ISS=${issuerUrl}`, authtype: 'OIDC', email, default: true });
    await add(`/accounts/${name}/identities`, { identity: RUCIO_USERNAME, authtype: 'USERPASS', email: 'root@example.org', password, default: false });
    for (const rse of hasQuota ? rses : []) await add(`/accountlimits/local/${name}/${rse}`, { bytes: -1 });
  }
}
