import { examples } from './examples.js';
import { progress } from './progress.js';
import { base, demoHome, demoPort } from './settings.js';
import { startStack } from './stack.js';
import { StackFailure } from './stack-failure.js';

/** `npm run demo`: starts the archive and dipper, says where, and runs until it is stopped. */
export async function demo(args: readonly string[], signal: AbortSignal): Promise<void> {
  const unknown = args.find((arg) => arg !== '--fresh');
  if (unknown !== undefined) throw new StackFailure(`Unknown option ${unknown}: npm run demo knows --fresh only.`);

  const ended = new AbortController();
  const stack = await startStack({
    home: demoHome(), shared: base(), port: demoPort(), fresh: args.includes('--fresh'), report: progress, signal, onExit: (failure) => { ended.abort(failure); },
  });
  const { dipper, guarded } = stack.urls;
  console.log(`\ndipper ready: ${dipper}\n`);
  console.log(`GraphiQL, with more examples: ${dipper}/graphiql\nThe same archive for those who sign in (alice, bob and carol, with their names as passwords): ${guarded}/graphiql\nOr ask with curl:\n`);
  for (const { title, query } of examples) console.log(`  # ${title}\n  curl -s ${dipper}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query })}'\n`);
  console.log('In another terminal, eval "$(npm run -s dev:env)" gives a shell for rucio, CTAO\'s client and psql.\nCtrl-C stops everything.');

  await new Promise<void>((resolve) => {
    const over = AbortSignal.any([signal, ended.signal]);
    if (over.aborted) resolve();
    else over.addEventListener('abort', () => { resolve(); }, { once: true });
  });
  console.log('\nStopping ...');
  await stack.stop();
  if (ended.signal.aborted) throw ended.signal.reason;
  console.log('Everything is stopped. The data is kept: npm run demo starts with it again, npm run demo -- --fresh without.');
}
