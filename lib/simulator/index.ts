import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Policy } from './core/policy.ts';
import { SITES, type Site } from './core/vocabulary.ts';
import { createSite } from './server.ts';
import { forgetfulStore, type Store } from './store.ts';
import { World } from './world.ts';

export { POLICIES, type Policy } from './core/policy.ts';
export { SITES, type Site } from './core/vocabulary.ts';
export type { Store, StoredRecord } from './store.ts';

type SimulatorOptions = {
  /** First port; the other sites follow it. 0 takes free ports. */
  readonly port?: number;
  /** Single sites somewhere else than `port` says. */
  readonly ports?: Partial<Record<Site, number>>;
  /** Left out: what the store says, else `overlap`. */
  readonly policy?: Policy;
  /** Left out: nothing outlives the process. */
  readonly store?: Store;
  readonly host?: string;
};

export type RunningSimulator = {
  readonly origins: Record<Site, string>;
  readonly policy: Policy;
  /** Stops listening, drops open connections, and writes what is left to write. */
  close(): Promise<void>;
};

/** Somebody else listens where we wanted to. The message says where, and what to do. */
export class PortUnavailable extends Error {}

export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { port = 0, ports = {}, host = '127.0.0.1' } = options;
  const store = options.store ?? forgetfulStore();
  const world = await World.open({ policy: options.policy ?? null, store });
  const servers: Server[] = [];
  const underWay = new Set<Promise<void>>();
  const origins: Partial<Record<Site, string>> = {};
  const close = async () => {
    const stopped = Promise.all(servers.map(stop));
    world.holds.release();
    await stopped;
    await Promise.all(underWay); // they still have to note that their answers were lost
    await world.close();
  };

  try {
    for (const [index, site] of SITES.entries()) {
      const server = createSite(world, site, () => origins[site] ?? '', underWay);
      servers.push(server);
      const taken = await listen(server, site, host, ports[site] ?? (port === 0 ? 0 : port + index));
      origins[site] = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
    }
  } catch (error) {
    await Promise.all(servers.map(stop)); // all seven or none, and the store stays as it was
    await store.close();
    throw error;
  }
  return { origins: origins as Record<Site, string>, policy: world.ledger.policy, close };
}

function listen(server: Server, site: Site, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, site, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function explain(error: NodeJS.ErrnoException, site: Site, host: string, port: number): Error {
  const where = `Port ${port} (${site}) on ${host}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortUnavailable(
        `${where} is taken: stop what listens there, or choose another first port with --port.`,
      );
    case 'EACCES':
      return new PortUnavailable(
        `${where} needs more rights than we have: choose a first port above 1023 with --port.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new PortUnavailable(`${host} is not an address of this machine: choose another with --host.`);
    default:
      return error;
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve()); // also answers when it never listened
    server.closeAllConnections();
  });
}
