/** Longest time in seconds that an answer of Rucio may be kept: changes of the mirror are remembered for twice as long. */
export const LONGEST_LIVE_CACHE_SECONDS = 60;
