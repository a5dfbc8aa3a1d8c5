import type { RowSetAside } from '../../datasources/mirror/read-set-aside.js';

const NAMED = 100;

/** What Rucio could not tell about, so that it could not be compared. */
export class Untold {
  private readonly seen = new Set<string>();
  private readonly rows: RowSetAside[] = [];

  add(table: string, key: readonly (string | null)[], reason: string): void {
    const row = { table, key: JSON.stringify(key), reason };
    const id = `${table} ${row.key}`;
    if (this.seen.has(id)) return;
    this.seen.add(id);
    if (this.rows.length < NAMED) this.rows.push(row);
  }

  report(): { count: number; rows: readonly RowSetAside[] } {
    return { count: this.seen.size, rows: this.rows };
  }
}
