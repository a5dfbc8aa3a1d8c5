import { Command } from 'commander';
import { dumpSchema } from '../datasources/mirror/dump-schema.js';
import { migrate } from '../datasources/mirror/migrate.js';
import { connect, disconnect } from '../datasources/postgres/connect.js';
import { run } from './run.js';

export const migrateCommand = (): Command => new Command('migrate')
  .description("bring the mirror's database to this version and to the field registry")
  .option('--dump', 'then print the schema of the database, as committed in migrations/schema.sql')
  .action(({ dump }: { dump?: boolean }) => run('migrate', async ({ mirrorUrl, fields }, signal) => {
    await migrate(mirrorUrl, fields, { signal, report: (line: string) => process.stderr.write(`${line}\n`) });
    if (!dump) return;
    const client = await connect(mirrorUrl, { purpose: 'dump', signal });
    process.stdout.write(await dumpSchema(client).finally(() => disconnect(client)));
  }));
