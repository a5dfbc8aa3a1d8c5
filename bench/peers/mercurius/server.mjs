// Mercurius with graphql-jit on the mirror's tables, tuned: one statement a level, only the columns selected, text passed through.
// Needs DATABASE_URL and PORT; POOL_SIZE as dipper's pool.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';

const { DATABASE_URL, PORT, POOL_SIZE = '10' } = process.env;
const HIDDEN = 'hidden';

const schema = `
  "A 64-bit integer as text."
  scalar BigInt
  scalar DateTime
  type Query { files(obsId: BigInt!, dataType: String!, first: Int!, after: String): FileConnection! }
  type FileConnection { nodes: [File!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type File {
    scope: String! name: String! account: String! bytes: BigInt! adler32: String md5: String createdAt: DateTime! updatedAt: DateTime!
    obsId: BigInt sbId: BigInt telIds: [Int!] subarrayId: BigInt startTime: DateTime endTime: DateTime dataLevel: String dataDivision: String
    dataAssociation: String dataType: String chunkId: BigInt observingNight: String siteId: String category: String release: String
    replicas: [Replica!]!
  }
  type Replica { rse: Rse! state: String! }
  type Rse { name: String! }
`;

// The driver hands every value over as text; only what GraphQL wants otherwise is parsed.
const types = { getTypeParser: () => (value) => value };
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE), options: '-c timezone=UTC -c jit=off -c default_transaction_read_only=on' });
pool.on('error', (error) => { console.error(error.message); });

const statements = new Map();
/** Runs a statement under a name of its own, so that Postgres plans it once a connection. */
async function rows(text, values) {
  if (!statements.has(text)) statements.set(text, `s${statements.size}`);
  return (await pool.query({ name: statements.get(text), text, values, rowMode: 'array', types })).rows;
}

const time = (text) => text && `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
const list = (text) => text && JSON.parse(`[${text.slice(1, -1)}]`);
const same = (text) => text;
const PARSERS = { createdAt: time, updatedAt: time, startTime: time, endTime: time, telIds: list };
const columnOf = (field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The names of the fields selected below a field, fragments included. */
function selected(nodes, fragments, into = new Map()) {
  for (const { selectionSet } of nodes) {
    for (const node of selectionSet.selections) {
      if (node.kind === 'Field') into.set(node.name.value, [...into.get(node.name.value) ?? [], node]);
      else selected([node.kind === 'FragmentSpread' ? fragments[node.name.value] : node], fragments, into);
    }
  }
  return into;
}

/** Loaders tell their objects apart by JSON: the id alone makes that cheap. */
class File {
  toJSON() { return this.id; }
}

const plans = new WeakMap();
/** Statement and columns for a document, worked out once: Mercurius keeps parsed documents. */
function planOf({ fieldNodes, fragments }) {
  const known = plans.get(fieldNodes[0]);
  if (known) return known;
  const below = selected(fieldNodes, fragments);
  const fields = [...new Set(['scope', 'name', ...selected(below.get('nodes') ?? [{ selectionSet: { selections: [] } }], fragments).keys()])]
    .filter((field) => field !== 'replicas' && !field.startsWith('__'));
  const plan = {
    fields, parsers: fields.map((field) => PARSERS[field] ?? same),
    text: (more) => `select id, ${fields.map(columnOf).join(', ')} from mirror.file
      where obs_id = $1 and data_type = $2 and scope <> '${HIDDEN}' ${more ? 'and (scope, name) > ($4, $5)' : ''} order by scope, name limit $3`,
  };
  plans.set(fieldNodes[0], plan);
  return plan;
}

const resolvers = {
  Query: {
    async files(_root, { obsId, dataType, first, after }, _context, info) {
      const { fields, parsers, text } = planOf(info);
      const keys = after ? JSON.parse(Buffer.from(after, 'base64url').toString()) : [];
      const found = await rows(text(keys.length > 0), [obsId, dataType, first + 1, ...keys]);
      const hasNextPage = found.length > first;
      if (hasNextPage) found.pop();
      const nodes = found.map((row) => {
        const file = new File();
        file.id = row[0];
        for (let i = 0; i < fields.length; i++) file[fields[i]] = parsers[i](row[i + 1]);
        return file;
      });
      const last = nodes.at(-1);
      return { nodes, pageInfo: { hasNextPage, endCursor: last ? Buffer.from(JSON.stringify([last.scope, last.name])).toString('base64url') : null } };
    },
  },
};

const REPLICAS = `select r.file_id, r.state, s.name from mirror.replica r join mirror.rse s on s.id = r.rse_id where r.file_id = any($1::bigint[])`;
const loaders = {
  File: {
    async replicas(queries) {
      const of = new Map(queries.map(({ obj }) => [obj.id, []]));
      for (const [id, state, name] of await rows(REPLICAS, [[...of.keys()]])) of.get(id).push({ state, rse: { name } });
      return queries.map(({ obj }) => of.get(obj.id));
    },
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false, compilerOptions: { disableLeafSerialization: true, disablingCapturingStackErrors: true } });
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
console.log(`ready: http://127.0.0.1:${PORT}/graphql`);
process.once('SIGTERM', () => { process.exit(0); });
