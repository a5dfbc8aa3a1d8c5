/** What sync tells of its work, as it goes. */
export interface SyncMetrics {
  /** Whether this process leads now. */
  leads(does: boolean): void;
  /** Rows of one of Rucio's tables that a batch took in or removed. */
  applied(table: string, upserts: number, removes: number): void;
  /** One transaction of the mirror is committed: how many of the source's it holds, and seconds from its begin to its end. */
  committed(done: { readonly transactions: number; readonly seconds: number }): void;
  /** Bytes of log that the source keeps for the mirror; null where that is not known. */
  backlog(bytes: number | null): void;
  /** Rows that a snapshot has written, and how many there are about. */
  snapshot(rows: number, expected: number): void;
  /** Rows that wait in mirror.set_aside. */
  setAside(rows: number): void;
  /** A try at keeping the mirror has ended in an error; the next one follows. */
  brokeOff(): void;
}
