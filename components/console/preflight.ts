import type { ConnectionView } from '#lib/connections/index.ts';
import { isRunning } from './lapse-clock.tsx';
import { momentOf, spanOf } from './time.ts';

export type Check = { id: string; tone: 'good' | 'warn' | 'bad'; title: string; text: string };
type Grant = NonNullable<ConnectionView['grant']>;

function windowCheck(grant: Grant, now: Date): Check {
  if (!isRunning(grant, now) || now >= grant.claimableUntil)
    return {
      id: 'window',
      tone: 'bad',
      title: 'The window is over',
      text: `A registration could be started until ${momentOf(grant.claimableUntil)}. The customer has to connect again.`,
    };
  const left = spanOf(grant.claimableUntil.getTime() - now.getTime());
  const soon = grant.claimableUntil.getTime() - now.getTime() < 24 * 3_600_000;
  return {
    id: 'window',
    tone: soon ? 'warn' : 'good',
    title: `${left} left to register`,
    text: `The credentials were sealed on ${momentOf(grant.sealedAt)} and lapse on ${momentOf(grant.lapsesAt)}.`,
  };
}

function ageCheck(grant: Grant, now: Date): Check {
  return now < grant.claimableFrom
    ? {
        id: 'age',
        tone: 'bad',
        title: `Can be registered from ${momentOf(grant.claimableFrom)}`,
        text: 'Exact Online refuses a refresh token in the first 9 minutes and 30 seconds after it was issued.',
      }
    : {
        id: 'age',
        tone: 'good',
        title: 'Old enough for Exact Online',
        text: 'More than 9 minutes and 30 seconds have passed since the token was issued, so it is accepted at once.',
      };
}

function identityCheck(grant: Grant): Check {
  const company = grant.divisions.find(({ current }) => current) ?? grant.divisions[0];
  if (!grant.exactUser)
    return {
      id: 'identity',
      tone: 'warn',
      title: 'Exact user and company unknown',
      text: 'The check after consent is off or did not succeed. We cannot promise that this is the right customer.',
    };
  const more = grant.divisions.length > 1 ? ` and ${grant.divisions.length - 1} more` : '';
  return {
    id: 'identity',
    tone: 'good',
    title: `Exact user ${grant.exactUser.userName} found`,
    text: company
      ? `${grant.exactUser.fullName}, with ${company.name} (${company.code})${more}.`
      : `${grant.exactUser.fullName}. No company could be read.`,
  };
}

function supersededCheck(grant: Grant): Check {
  return grant.maybeSuperseded
    ? {
        id: 'superseded',
        tone: 'warn',
        title: 'Maybe superseded',
        text: 'A newer consent came in and we could not see by which Exact user. If it was the same one, the form will refuse this token.',
      }
    : {
        id: 'superseded',
        tone: 'good',
        title: 'No newer consent known',
        text: grant.exactUser
          ? 'This Exact user has not connected again through your app since.'
          : 'We saw none, although without the Exact user we could not see all of them.',
      };
}

const sharedWith = (view: ConnectionView, others: ConnectionView[]): ConnectionView[] =>
  others.filter(
    (other) =>
      other.id !== view.id &&
      other.registration.clientId === view.registration.clientId &&
      other.grant?.exactUser?.id !== undefined &&
      other.grant.exactUser.id === view.grant?.exactUser?.id,
  );

function sharedCheck(view: ConnectionView, others: ConnectionView[]): Check {
  const shared = sharedWith(view, others);
  if (!view.grant?.exactUser)
    return {
      id: 'shared',
      tone: 'warn',
      title: 'Cannot tell whether this Exact user is used elsewhere',
      text: 'Invantive Cloud accepts one data container per Exact user and app, and answers itgenscr590 to a second one.',
    };
  if (shared.length === 0)
    return {
      id: 'shared',
      tone: 'good',
      title: 'Exact user used by this connection only',
      text: 'None of your other connections uses the same Exact user with this client ID. We cannot see other organisations.',
    };
  const names = shared.slice(0, 3).map(({ customer }) => customer.name);
  const rest = shared.length > 3 ? ` and ${shared.length - 3} more` : '';
  return {
    id: 'shared',
    tone: 'warn',
    title: 'The same Exact user is used elsewhere',
    text: `${names.join(', ')}${rest} came in with the same Exact user and client ID. Invantive Cloud accepts one data container per pair and answers itgenscr590 to a second one.`,
  };
}

/** Everything worth knowing before a claim, worst news included; others are this partner's connections. */
export function preflight(view: ConnectionView, others: ConnectionView[], now: Date): Check[] {
  const { grant } = view;
  if (!grant) return [];
  return [
    windowCheck(grant, now),
    ageCheck(grant, now),
    identityCheck(grant),
    supersededCheck(grant),
    sharedCheck(view, others),
  ];
}
