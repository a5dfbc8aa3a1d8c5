import { Command } from 'commander';
import { explainCommand } from './explain.js';
import { migrateCommand } from './migrate.js';
import { schemaCommand } from './schema.js';
import { serveCommand } from './serve.js';
import { syncCommand } from './sync.js';
import { tokenCommand } from './token.js';
import { verifyCommand } from './verify.js';

/** The command line: one file a command. */
export function program(): Command {
  return new Command('dipper')
    .description('GraphQL metadata query and access gateway for archives that Rucio manages')
    .addCommand(serveCommand()).addCommand(syncCommand()).addCommand(migrateCommand()).addCommand(schemaCommand()).addCommand(explainCommand()).addCommand(verifyCommand())
    .addCommand(tokenCommand());
}
