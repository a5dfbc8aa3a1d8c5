import type pg from 'pg';
import { connect, disconnect } from '../postgres/connect.js';
import { dropSlot, readIdentity } from './slot.js';

/** Makes the slot anew; an older one of the name is dropped once `mayDrop` has not thrown. All that is committed after `position` will be streamed, all before can be read. */
export async function createSlot(source: pg.ClientBase, url: string, slot: string, mayDrop: () => Promise<void>, signal?: AbortSignal): Promise<{ identity: string; position: string }> {
  const client = await connect(url, { purpose: 'slot', signal, replication: true });
  try {
    const identity = await readIdentity(client);
    await mayDrop();
    await dropSlot(source, slot);
    const made = await client.query<{ consistent_point: string }>(`CREATE_REPLICATION_SLOT "${slot}" LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    return { identity, position: made.rows[0]!.consistent_point };
  } finally {
    await disconnect(client);
  }
}
