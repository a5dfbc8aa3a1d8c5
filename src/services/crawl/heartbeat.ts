const EVERY_MS = 1_000;
/** After so long without an answer to anything else, Rucio is asked for a sign of life. */
const SILENT_MS = 3_000;

export interface Heartbeat {
  /** Takes note that Rucio has answered. */
  answered(): void;
  stop(): void;
}

/** Says every second that Rucio answers, as long as it does; `ask` asks for a sign of life. */
export function startHeartbeat({ ask, say, onFailure }: { ask: () => Promise<unknown>; say: () => Promise<void>; onFailure: (error: unknown) => void }): Heartbeat {
  let answeredAt = -Infinity;
  let saidAt = -Infinity;
  let asking = false;
  const timer = setInterval(() => {
    if (answeredAt > saidAt) {
      saidAt = answeredAt;
      say().catch(onFailure);
    }
    if (asking || performance.now() - answeredAt < SILENT_MS) return;
    asking = true;
    // Whoever needs an answer waits for it; here, silence says enough.
    ask().then(() => { answeredAt = performance.now(); }, () => undefined).finally(() => { asking = false; });
  }, EVERY_MS);
  return { answered: () => { answeredAt = performance.now(); }, stop: () => { clearInterval(timer); } };
}
