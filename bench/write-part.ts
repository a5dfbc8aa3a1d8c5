import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../dev/repository.js';

const file = path.join(repository, 'bench', 'results.md');

/** Puts a part of bench/results.md, from its own first line `# Title` on, in the place of the one that is there; the other parts stay. */
export function writePart(text: string): void {
  const title = text.slice(0, text.indexOf('\n'));
  const parts = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=# )/m) : [];
  const at = parts.findIndex((part) => part.startsWith(`${title}\n`));
  if (at < 0) parts.push(text);
  else parts[at] = text;
  writeFileSync(file, `${parts.map((part) => part.trim()).join('\n\n')}\n`);
}
