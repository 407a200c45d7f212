import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import type { ConnectionView } from '#lib/connections/index.ts';
import { InvitationCard } from './invitation-card.tsx';

type Invitation = NonNullable<ConnectionView['invitation']>;
const at = (day: number) => new Date(Date.UTC(2026, 2, day, 9));
const invitation: Invitation = {
  ...{ id: 'inv_1', channel: 'mail', createdAt: at(1), expiresAt: at(8), openedAt: null, finishedAt: null },
  ...{ withdrawnAt: null, remind: true, remindAt: at(3), remindedAt: null, reminders: 0, remindersStoppedAt: null },
  mail: { held: false, sentAt: at(1), failedAt: null },
};

/** What a member reads on the card. */
const says = (more: Partial<Invitation>, { mayInvite = true } = {}): string =>
  renderToStaticMarkup(
    <InvitationCard
      {...{ connectionId: 'con_1', customer: 'Bakkerij', csrf: 'x', now: at(2), mayInvite }}
      invitation={{ ...invitation, ...more }}
    />,
  ).replace(/<[^>]*>/g, ' ');

describe('what became of the mail', () => {
  test.each([
    [{ held: false, sentAt: at(1), failedAt: at(1) }, /Mail\s+Sent\s+1 Mar 2026/],
    [{ held: true, sentAt: null, failedAt: null }, /Held back: five mails have gone to this address within a day/],
    [{ held: false, sentAt: null, failedAt: at(1) }, /Not taken by the mail server, last tried\s+1 Mar 2026/],
    [{ held: false, sentAt: null, failedAt: null }, /Being sent/],
  ])('%j', (mail, sentence) => {
    expect(says({ mail })).toMatch(sentence);
  });

  test('nothing, where none was to be sent', () => {
    expect(says({ mail: null })).not.toMatch(/Mail\b/);
  });
});

describe('reminders', () => {
  test.each([
    [{}, /Reminders\s+Next\s+3 Mar 2026/],
    [{ reminders: 1, remindedAt: at(3), remindAt: at(7) }, /One sent\s+3 Mar 2026[^.]*\.\s+Next\s+7 Mar/],
    [{ reminders: 2, remindedAt: at(7), remindAt: null }, /2 sent, the last\s+7 Mar 2026[^.]*\./],
    [{ remindersStoppedAt: at(2), remindAt: null }, /Stopped by the customer\s+2 Mar/],
    [{ finishedAt: at(2) }, /None sent/],
  ])('%j', (more, sentence) => {
    expect(says(more)).toMatch(sentence);
  });

  test('are not spoken of where nobody is reminded', () => {
    expect(says({ remind: false, remindAt: null })).not.toContain('Reminders');
  });
});

test('the link, copied or as a QR code, is offered while it is open, to whoever may invite', () => {
  expect(says({})).toMatch(/QR code.*Copy link/);
  for (const words of [
    says({}, { mayInvite: false }),
    says({ withdrawnAt: at(2) }),
    says({ finishedAt: at(2) }),
    says({ expiresAt: at(2) }),
  ])
    expect(words).not.toMatch(/QR code|Copy link/);
});
