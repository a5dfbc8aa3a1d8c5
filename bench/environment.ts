/** What `dipper serve` wants to know, with a Rucio that nobody asks. */
export const serverEnvironment = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl, DIPPER_PORT: '0', DIPPER_POINTS_PER_MINUTE: String(1e12), // counted, never reached
  RUCIO_URL: 'http://127.0.0.1:9', RUCIO_ACCOUNT: 'root', RUCIO_USERNAME: 'bench', RUCIO_PASSWORD: 'bench',
});

/** Where the floor answers for the page with these variables. */
export const floorPath = (variables: Readonly<Record<string, unknown>>): string => `/?${new URLSearchParams(variables as Record<string, string>)}`;

/** The ways of the floor: Postgres writes the JSON, or the server puts it together. Dipper is compared with the first. */
export const FLOORS = ['json', 'text'] as const;
