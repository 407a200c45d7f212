import { randomUUID } from 'node:crypto';
import { consentByRobot } from '../../simulator/testing/consent-robot.ts';
import { comeBack, leaveForProvider, submit, type Visitor, visit } from '../customer-robot.ts';
import type { Api } from './api.ts';
import type { Dice } from './dice.ts';
import type { House } from './house.ts';
import type { Recorder } from './recorder.ts';
import { command, fingerprintOf } from './simulator.ts';
import type { Registration } from './tenants.ts';

export type Customer = { connectionId: string; link: string; user: string; registration: Registration };
type Stage = { house: House; recorder: Recorder; dice: Dice };

const kept = /<h1[^>]*>(All done on your side|Safely sealed, waiting for a check)/;

/** Somebody new at the provider, so that every consent can be told from every other. */
export async function newUser(house: House): Promise<string> {
  const id = randomUUID();
  const user = `u-${id.slice(0, 13)}`;
  await command(house.simulatorUrl, 'POST', '/users', {
    id,
    user_name: user,
    full_name: 'Robin Robot',
    email: `${user}@chaos.example`,
    divisions: [
      {
        code: 1_000_000 + (Number.parseInt(id.slice(0, 6), 16) % 8_000_000),
        description: 'Robot B.V.',
        customer_name: 'Robot B.V.',
        country: 'NL',
        vat_number: '',
        current: true,
      },
    ],
  });
  return user;
}

/** The partner's machine asks for a consent. Null when the API would not answer. */
export async function invite(
  api: Api,
  registration: Registration,
  user: string,
  name: string,
): Promise<Customer | null> {
  const answer = await api.insist({
    method: 'POST',
    path: '/invitations',
    body: {
      customer: { name, email: `${user}@chaos.example`, locale: 'en', external_id: name },
      client_registration_id: registration.id,
      channel: 'redirect',
    },
  });
  if (answer?.status !== 201) return null;
  const { url, connection_id } = JSON.parse(answer.text) as { url: string; connection_id: string };
  return { connectionId: connection_id, link: url, user, registration };
}

/** A browser of its own, whose every page is looked through. */
function newVisitor({ recorder }: Stage, partnerId: string): Visitor {
  return {
    cookies: new Map(),
    see: (page, response) => {
      const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      recorder.look(`${headers}\n\n${page}`, { where: `a customer page (${response.status})`, viewer: partnerId });
    },
  };
}

/**
 * Walks from the link to the page that says what came of it, and reloads where a person would. True when a page said
 * that the permission is kept.
 */
export async function consent(stage: Stage, customer: Customer, partnerId: string): Promise<Visitor | null> {
  const { house, recorder } = stage;
  const visitor = newVisitor(stage, partnerId);
  let callback: string;
  try {
    const leaving = new URL(await leaveForProvider(visitor, customer.link));
    const provider = new URL(house.simulatorUrl); // the person's own line to the provider is not the one we disturb
    leaving.host = provider.host;
    callback = await consentByRobot({ authorizeUrl: leaving, user: customer.user });
  } catch {
    recorder.count('trips cut short');
    return null; // nothing was spent
  }
  const code = new URL(callback).searchParams.get('code');
  if (!code) return null;
  const acknowledged = await finish(stage, visitor, callback);
  const { connectionId } = customer;
  recorder.consents.push({ connectionId, partnerId, codeFingerprint: fingerprintOf(code), acknowledged });
  recorder.count(acknowledged ? 'consents kept' : 'consents not kept');
  if (acknowledged) recorder.sealedAt.push(performance.now());
  return acknowledged ? visitor : null;
}

/** The callback, and the same address again when nothing was heard: a second one is shown what came of the first. */
async function finish({ dice }: Stage, visitor: Visitor, callback: string): Promise<boolean> {
  for (let reload = 0; reload < 4; reload++) {
    const back = await comeBack(visitor, callback).catch(() => null);
    if (back && kept.test(back.html)) return true;
    if (back && /<h1/.test(back.html) && !/<h1[^>]*>One moment/.test(back.html)) return false;
    await new Promise((resolve) => setTimeout(resolve, dice.between(200, 1500)));
  }
  return false;
}

/** The customer changes their mind on their lasting page, reached by the link of the result page. */
export async function withdraw({ house, recorder }: Stage, visitor: Visitor, customer: Customer): Promise<void> {
  try {
    const result = await visit(visitor, customer.link);
    const own = /\/connect\/wxa_\w+/.exec(result.html)?.[0];
    if (!own) return;
    const page = `${house.publicUrl}${own}`;
    const first = await submit(visitor, page, (await visit(visitor, page)).html);
    await submit(visitor, page, first.html);
    recorder.count('withdrawals');
  } catch {
    recorder.count('withdrawals cut short'); // it may or may not have happened
  }
}
