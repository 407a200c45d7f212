import { parseArgs } from 'node:util';
import { endWithParent } from '../leash.ts';
import { POLICIES, PortUnavailable, SITES, startSimulator } from '../simulator/index.ts';
import { postgresStore } from './simulator-store.ts';

/**
 * `npm run simulator -- --port 4010 --policy overlap --host 127.0.0.1`: alone, and forgetting everything at its end.
 * Within the product WAXSEAL_SIMULATOR_DATABASE_URL names the database that it remembers in.
 */

class BadFlag extends Error {}

function readFlags() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      policy: { type: 'string' },
      host: { type: 'string' },
    },
  });
  const port = Number(values.port);
  const highest = 65_535 - (SITES.length - 1);
  if (!/^\d+$/.test(values.port) || port < 1 || port > highest) {
    throw new BadFlag(`--port must be a whole number from 1 to ${highest}; the sites take it and the six above it.`);
  }
  const policy = POLICIES.find((each) => each === values.policy);
  if (values.policy !== undefined && policy === undefined) {
    throw new BadFlag(`--policy must be one of ${POLICIES.join(', ')}.`);
  }
  return {
    port,
    ...(policy === undefined ? {} : { policy }),
    ...(values.host === undefined ? {} : { host: values.host }),
  };
}

function isExpected(error: unknown): error is Error {
  if (error instanceof BadFlag || error instanceof PortUnavailable) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

try {
  const databaseUrl = process.env['WAXSEAL_SIMULATOR_DATABASE_URL'];
  const simulator = await startSimulator({
    ...readFlags(),
    ...(databaseUrl ? { store: postgresStore(databaseUrl) } : {}),
  });
  const sites = SITES.map((site) => `${simulator.origins[site]} (${site})`).join(' ');
  // Before the ready line: whoever waits for it may stop us the moment they read it.
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  endWithParent(stop);
  process.stdout.write(`Exact Online simulator: ${sites} policy ${simulator.policy}\n`);
} catch (error) {
  if (!isExpected(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
