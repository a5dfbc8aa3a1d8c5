// PostGraphile 5 on the mirror's tables, in production settings. Needs DATABASE_URL and PORT; POOL_SIZE as dipper's pool.
import { createServer } from 'node:http';
import { addPgTableOrderBy, wrapPlans } from 'graphile-utils';
import { grafserv } from 'postgraphile/grafserv/node';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { pgSmartTags } from 'postgraphile/utils';
import { postgraphile } from 'postgraphile';
import { sql } from 'postgraphile/pg-sql2';
import pg from 'pg';

const { DATABASE_URL, PORT, POOL_SIZE = '10' } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE), options: '-c timezone=UTC -c jit=off -c default_transaction_read_only=on' });
pool.on('error', (error) => { console.error(error.message); });

/** The schema that a user of the archive would want: `file.replicas` and `replica.rse`, lists without a connection around them. */
const names = pgSmartTags([
  { kind: 'class', match: 'mirror.file', tags: { unique: 'scope,name' } },
  { kind: 'constraint', match: 'mirror.replica.replica_file_id_fkey', tags: { fieldName: 'file', foreignSimpleFieldName: 'replicas', behavior: '+list -connection' } },
  { kind: 'constraint', match: 'mirror.replica.replica_rse_id_fkey', tags: { fieldName: 'rse', behavior: '-list -connection' } },
]);

/** (scope, name) is unique: PostGraphile need not add the primary key to order and cursor. */
const orderByDid = addPgTableOrderBy({ schemaName: 'mirror', tableName: 'file' }, () => ({
  DID_ASC: { extensions: { grafast: { apply(query) {
    for (const attribute of ['scope', 'name']) query.orderBy({ attribute, direction: 'ASC' });
    query.setOrderIsUnique();
  } } } },
}));

/** What the viewer may see, as a condition of the one statement: cheaper than a row policy, whose settings cost a transaction. */
const sight = wrapPlans({
  Query: {
    allFiles(plan) {
      const connection = plan();
      const files = connection.getSubplan();
      files.where(sql`${files.alias}.scope <> 'hidden'`);
      return connection;
    },
  },
});

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [names, orderByDid, sight],
  disablePlugins: ['NodePlugin'],
  pgServices: [makePgService({ pool, schemas: ['mirror'], pubsub: false })],
  grafast: { explain: false },
  grafserv: { graphiql: false, graphiqlOnGraphQLGET: false, watch: false, websockets: false },
});

await instance.getSchema(); // an error here ends the process
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(PORT), '127.0.0.1', () => { console.log(`ready: http://127.0.0.1:${PORT}/graphql`); });
process.once('SIGTERM', () => { process.exit(0); });
