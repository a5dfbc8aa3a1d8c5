import { chunks } from '../../src/datasources/rucio/chunks.js';
import { rucioDelete } from './rucio-delete.js';
import { RucioRest } from './rucio-rest.js';
import type { TestStack } from './stack.js';

export interface Did { scope: string; name: string }
interface KnownFile { did: Did; rses: string[]; bytes: number; adler32: string }

/** Rucio takes no more at once. */
const MOST = 1_000;

/** Changes Rucio through its REST, and deletes as its daemons do; everything it makes lies under one folder and goes with clean(). */
export class SyncWriter {
  readonly scope: string;
  readonly folder: string;
  readonly rest: RucioRest;
  private readonly files: KnownFile[] = [];
  private readonly datasets: Did[] = [];
  private readonly containers: Did[] = [];
  private rses: string[] = [];
  private serial = 0;

  constructor(private readonly stack: TestStack, run: string) {
    this.scope = `sync${run}`;
    this.folder = `/ctao/${this.scope}/test`;
    this.rest = new RucioRest(stack);
  }

  async begin(): Promise<void> {
    await this.rest.call('POST', `/accounts/${this.stack.env['RUCIO_ACCOUNT']!}/scopes/${this.scope}`);
    this.rses = (await this.rest.call('GET', '/rses/')).trim().split('\n').map((line) => (JSON.parse(line) as { rse: string }).rse).sort();
  }

  async addFile(rse = this.rses[0]!, name = `f${this.serial}`): Promise<Did> {
    const did = { scope: this.scope, name: `${this.folder}/${name}` };
    this.serial += 1;
    const own = { bytes: 1000 + this.serial, adler32: this.serial.toString(16).padStart(8, '0') };
    await this.rest.call('POST', '/replicas/', { rse, files: [{ ...did, ...own }] });
    this.files.push({ did, rses: [rse], ...own });
    return did;
  }

  /** Many files with one copy each. */
  async addFiles(count: number, rse = this.rses[0]!): Promise<Did[]> {
    const made = Array.from({ length: count }, (_, at) => ({ did: { scope: this.scope, name: `${this.folder}/m${this.serial + at}` }, rses: [rse], bytes: 5, adler32: '00c0ffee' }));
    this.serial += count;
    for (const some of chunks(made, MOST)) await this.rest.call('POST', '/replicas/', { rse, files: some.map(({ did, bytes, adler32 }) => ({ ...did, bytes, adler32 })) });
    this.files.push(...made);
    return made.map(({ did }) => did);
  }

  async addReplica(did: Did, rse: string): Promise<void> {
    const known = this.files.find((file) => file.did === did)!;
    await this.rest.call('POST', '/replicas/', { rse, files: [{ ...did, bytes: known.bytes, adler32: known.adler32 }] });
    known.rses.push(rse);
  }

  setState(did: Did, rse: string, state: 'A' | 'U'): Promise<string> {
    return this.rest.call('PUT', '/replicas/', { rse, files: [{ ...did, state }] });
  }

  setMetadata(did: Did, meta: object): Promise<string> {
    return this.rest.call('POST', '/dids/bulkdidsmeta', { dids: [{ ...did, meta }] });
  }

  async addDataset(): Promise<Did> {
    const did = { scope: this.scope, name: `${this.folder}/d${this.serial++}` };
    await this.rest.call('POST', `/dids/${this.scope}/${did.name}`, { type: 'DATASET' });
    this.datasets.push(did);
    return did;
  }

  async addContainer(): Promise<Did> {
    const did = { scope: this.scope, name: `${this.folder}/c${this.serial++}` };
    await this.rest.call('POST', `/dids/${this.scope}/${did.name}`, { type: 'CONTAINER' });
    this.containers.push(did);
    return did;
  }

  async attach(dataset: Did, files: readonly Did[]): Promise<void> {
    for (const dids of chunks(files, MOST)) await this.rest.call('POST', `/dids/${this.scope}/${dataset.name}/dids`, { dids });
  }

  async detach(dataset: Did, files: readonly Did[]): Promise<void> {
    for (const dids of chunks(files, MOST)) await this.rest.call('DELETE', `/dids/${this.scope}/${dataset.name}/dids`, { dids });
  }

  async addRule(dataset: Did, rse: string): Promise<string> {
    const ids = JSON.parse(await this.rest.call('POST', '/rules/', { dids: [dataset], copies: 1, rse_expression: rse, account: 'root' })) as string[];
    return ids[0]!;
  }

  changeRule(id: string, options: object): Promise<string> {
    return this.rest.call('PUT', `/rules/${id}`, { options });
  }

  setAttribute(rse: string, key: string, value: string): Promise<string> {
    return this.rest.call('POST', `/rses/${rse}/attr/${key}`, { value });
  }

  removeAttribute(rse: string, key: string): Promise<string> {
    return this.rest.call('DELETE', `/rses/${rse}/attr/${key}`);
  }

  get anyRse(): string {
    return this.rses[0]!;
  }

  get otherRse(): string {
    return this.rses[1]!;
  }

  /** Deletes a file with all its copies, the copies of others, and what has expired. */
  async deleteFile(did: Did, copies: readonly { readonly did: Did; readonly rse: string }[] = []): Promise<void> {
    const at = this.files.findIndex((file) => file.did === did);
    const others = copies.map((copy) => ({ rse: copy.rse, files: [copy.did] }));
    await rucioDelete(this.stack, { undertake: true, replicas: [...this.files[at]!.rses.map((rse) => ({ rse, files: [did] })), ...others] });
    this.files.splice(at, 1);
    for (const { did: other, rse } of copies) {
      const { rses } = this.files.find((file) => file.did === other)!;
      rses.splice(rses.indexOf(rse), 1);
    }
  }

  /** Lets a dataset or container expire; it goes with the next undertake() or deleteFile(). */
  async expireDataset(did: Did): Promise<void> {
    await this.rest.call('POST', `/dids/${this.scope}/${did.name}/meta`, { meta: { lifetime: -1 } });
    const list = this.containers.includes(did) ? this.containers : this.datasets;
    list.splice(list.indexOf(did), 1);
  }

  /** Deletes what has expired. */
  undertake(): Promise<void> {
    return rucioDelete(this.stack, { undertake: true });
  }

  /** One change by chance; `random` gives numbers from 0 to 1. */
  async change(random: () => number): Promise<void> {
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
    const file = pick(this.files);
    const dataset = pick(this.datasets);
    const container = pick(this.containers);
    const dice = random();
    if (!file || dice < 0.25) await this.addFile(pick(this.rses));
    else if (dice < 0.35 && file.rses.length < this.rses.length) await this.addReplica(file.did, this.rses.find((rse) => !file.rses.includes(rse))!);
    else if (dice < 0.5) await this.setState(file.did, pick(file.rses)!, random() < 0.5 ? 'A' : 'U');
    else if (dice < 0.8) await this.setMetadata(file.did, { obs_id: Math.floor(random() * 1e10), data_type: pick(['event', 'Ereignis "ä"\t\\', 'log']), tel_ids: [1, Math.floor(random() * 99)], note: random() < 0.1 ? 'x'.repeat(5000) : null });
    else if (!dataset || dice < 0.84) await this.addDataset();
    else if (!container || dice < 0.85) await this.addContainer();
    else if (dice < 0.86) await this.attach(container, [dataset]).catch(ignoreDuplicate);
    else if (dice < 0.87) await this.detach(container, [dataset]).catch(ignoreDuplicate);
    else if (dice < 0.95) await this.attach(dataset, [file.did]).catch(ignoreDuplicate);
    else await this.detach(dataset, [file.did]).catch(ignoreDuplicate);
  }

  async clean(): Promise<void> {
    for (const did of [...this.containers, ...this.datasets]) await this.expireDataset(did);
    const replicas = this.rses.map((rse) => ({ rse, files: this.files.filter((file) => file.rses.includes(rse)).map(({ did }) => did) }));
    await rucioDelete(this.stack, { undertake: true, replicas: replicas.filter(({ files }) => files.length > 0) });
    this.files.length = 0;
  }
}

/** Attaching twice, or detaching what is not there, changes nothing. */
function ignoreDuplicate(error: unknown): void {
  if (!(error instanceof Error) || !/already|Duplicate|no child|not found under/i.test(error.message)) throw error;
}
