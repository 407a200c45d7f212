import { refuseRestoredOnceThere } from './anchor/index.ts';
import { headersEverywhere } from './browser/everywhere.ts';
import { refuseOddRequests } from './browser/odd.ts';
import { config } from './config/index.ts';
import { connectDatabase, pools } from './db/index.ts';
import { StartError } from './kernel/errors.ts';
import { endWithParent } from './leash.ts';

/** What the web process needs before its first request. A fault that stops the start is one sentence and exit code 1. */
export async function startServer(): Promise<void> {
  try {
    connectDatabase(config().databaseUrl);
    headersEverywhere();
    refuseOddRequests();
    endWithParent(() => process.kill(process.pid, 'SIGTERM'));
    await refuseRestoredOnceThere();
  } catch (error) {
    process.stderr.write(`${error instanceof StartError ? error.message : 'The server could not start.'}\n`);
    process.exit(1);
  }
}

/** Whether a request could be served: the database answers in the app's role, the key is there, the schema is this build's. */
export async function readiness(): Promise<{ database: boolean; key: boolean; migrations: boolean }> {
  const checks = { database: false, key: config().rootKey.reveal().length === 32, migrations: false };
  try {
    await pools().app.$queryRaw`SELECT 1`;
    checks.database = true;
    await pools().app.$queryRaw`SELECT renew_at FROM token_grant LIMIT 1`;
    checks.migrations = true;
  } catch {
    // said by the checks themselves
  }
  return checks;
}
