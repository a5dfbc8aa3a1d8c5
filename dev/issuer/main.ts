import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createProvider, type IssuerSettings } from './provider.js';

// The issuer's process: its one argument is the file with its settings.
const settings = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as IssuerSettings;
const { answer } = createProvider(settings);
const server = createServer(answer).listen(settings.port, '127.0.0.1');
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => { server.closeAllConnections(); server.close(); });
