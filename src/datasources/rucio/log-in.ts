import { close, exceptionOf, notRucio } from './answer.js';
import type { Exchange } from './exchange.js';
import { errorOf, type RucioException } from './rucio-error.js';
import type { Token } from './session.js';

export interface Login {
  account: string;
  username: string;
  password: string;
}

/** Logs in by name and password; `refused` makes the error where Rucio does not let this identity act as the account. */
export async function logIn(exchange: Exchange, { account, username, password }: Login, refused: (cause: RucioException) => Error): Promise<Token> {
  const response = await exchange.send({ method: 'GET', path: '/auth/userpass' }, {
    'x-rucio-account': account, 'x-rucio-username': username, 'x-rucio-password': password,
  });
  if (response.statusCode === 401) throw refused(await exceptionOf(response));
  if (response.statusCode >= 300) throw errorOf(await exceptionOf(response));
  close(response);
  const value = response.headers['x-rucio-auth-token'];
  const expires = Date.parse(String(response.headers['x-rucio-auth-token-expires']));
  if (typeof value !== 'string' || Number.isNaN(expires)) throw notRucio();
  return { value, expires };
}
