import { readFileSync } from 'node:fs';

const ERROR = 50;
/** Tokens of any kind, however they came into a line. */
const TOKENS = [/\beyJ[\w-]{8,}\.[\w-]{8,}/, /\bBearer [\w.~+/-]{8,}/i, /x-rucio-auth-token["':= ]+[\w-]{8,}/i, /\bset-cookie\b/i];

/** What a log of dipper tells that it must not: any of these secrets, anything like a token, and errors that nobody foresaw. The faults themselves tell no secret. */
export function logFaults(file: string, secrets: readonly string[]): string[] {
  const faults: string[] = [];
  readFileSync(file, 'utf8').split('\n').forEach((line, index) => {
    if (secrets.some((secret) => line.includes(secret))) faults.push(`line ${index + 1} of ${file} has a secret`);
    for (const token of TOKENS) if (token.test(line)) faults.push(`line ${index + 1} of ${file} looks like having a token: ${String(token)}`);
    const { level = 0, msg } = line.startsWith('{') ? JSON.parse(line) as { level?: number; msg?: string } : {};
    if (level >= ERROR) faults.push(`line ${index + 1} of ${file} is an error: ${String(msg)}`);
  });
  return faults;
}
