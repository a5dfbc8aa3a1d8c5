import { ConfigError, type Config } from './config.js';
import { createPlanner } from './datasources/mirror/planner.js';
import { createMirrorPool } from './datasources/mirror/pool.js';
import { connect, disconnect } from './datasources/postgres/connect.js';
import { parseLfn } from './domain/lfn.js';
import { explain, type Explanation, type ExplainQuestion } from './read/explain.js';
import { explainText } from './read/explain-text.js';
import { createKnownRses } from './read/known-rses.js';
import { createPolicyFilterReader } from './read/policy-filter.js';
import { createReadRequests } from './read/read-requests.js';
import { makeShapes } from './read/shapes.js';
import { makeSchema } from './resolvers/schema.js';

export interface Explainer {
  explain(question: ExplainQuestion): Promise<Explanation>;
  /** The same for people to read. */
  text(explanation: Explanation): string;
  close(): Promise<void>;
}

/** Says what filters cost on the mirror at DATABASE_URL, for who sees the files that fit `seen`, or all. It reads plans and RSEs only. */
export async function createExplainer(config: Config, signal: AbortSignal, seen?: string): Promise<Explainer> {
  const { fields, rse, limits: { pageSize, timeoutSeconds } } = config;
  const lfns = { fields, parseLfn: (text: string) => parseLfn(text, config.lfn) };
  const schema = await makeSchema(fields);
  const { filter, problems } = seen === undefined ? { problems: [] } : createPolicyFilterReader(schema, lfns)('FileFilter', seen);
  if (problems.length > 0) throw new ConfigError(problems);
  const client = await connect(config.mirrorUrl, { purpose: 'explain', signal, answerMs: timeoutSeconds * 1000 });
  const pool = createMirrorPool({ url: config.mirrorUrl, size: 2, timeoutSeconds, onError: () => undefined }); // the statement that waits fails by itself
  const request = createReadRequests({
    ...lfns, shapes: makeShapes({ fields, rse, pageSize }), pageSize, secret: 'of no cursor',
  })({ sight: filter ? { files: filter(new Date().toISOString()) } : {}, may: new Set(), policyKey: '' });
  const options = { schema, rses: createKnownRses(pool, rse), request, planner: createPlanner(client), timeoutSeconds };
  return {
    explain: (question) => explain(question, options),
    text: explainText,
    async close() { await Promise.all([pool.end(), disconnect(client)]); },
  };
}
