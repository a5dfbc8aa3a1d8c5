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
  /** A request to Rucio's REST interface is over: its status, where an answer came. */
  requested(status: number | undefined): void;
  /** Rucio is asked again for what it has not answered as it should. */
  askedAgain(): void;
  /** How far the crawl's pass under way has come: DIDs read, and DIDs known to be left. */
  pass(read: number, left: number): void;
  /** A pass that read all of Rucio has ended. */
  passed(seconds: number): void;
  /** Rows that wait in mirror.set_aside. */
  setAside(rows: number): void;
  /** A try at keeping the mirror has ended in an error; the next one follows. */
  brokeOff(): void;
}
