/** The run's PostgreSQL server. */
export function postgresUrl(): string {
  return urlFrom('TEST_POSTGRES_URL');
}

/** The run's Redis server. */
export function redisUrl(): string {
  return urlFrom('TEST_REDIS_URL');
}

function urlFrom(name: string): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: Jest's global setup starts the server and sets it`);
  return url;
}
