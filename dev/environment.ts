import { readDescriptor } from './descriptor.js';
import { demoHome } from './settings.js';
import { StackFailure } from './stack-failure.js';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `npm run -s dev:env`: shell exports for the running demo. */
export function printEnvironment(): void {
  const running = readDescriptor(demoHome());
  if (!running) throw new StackFailure(`No demo runs in ${demoHome()}: start it with npm run demo.`);
  const { PATH: bin = '', ...env } = running.env;
  for (const [name, value] of Object.entries(env)) console.log(`export ${name}=${quote(value)}`);
  console.log(`export PATH=${quote(bin)}:"$PATH"`);
}
