import type { ConnectionView } from '#lib/connections/index.ts';
import { Button } from '../ui/button.tsx';
import { Card, Fact, Facts } from '../ui/card.tsx';
import { Copyable } from '../ui/copyable.tsx';
import { Notice } from '../ui/notice.tsx';
import { CopyLinkButton } from './copy-link-button.tsx';
import { Moment } from './moment.tsx';
import { QrButton } from './qr-button.tsx';
import { channelNames } from './words.ts';

type Invitation = NonNullable<ConnectionView['invitation']>;

export const isOpen = (invitation: Invitation, now: Date): boolean =>
  !invitation.finishedAt && !invitation.withdrawnAt && now < invitation.expiresAt;

type InvitationCardProps = {
  connectionId: string;
  customer: string;
  invitation: Invitation;
  now: Date;
  csrf: string;
  mayInvite: boolean;
};

/** The newest ask: how it travelled, until when it is open, and taking it back. */
export function InvitationCard({ connectionId, customer, invitation, now, csrf, mayInvite }: InvitationCardProps) {
  const open = isOpen(invitation, now);
  const page = `/console/connections/${connectionId}`;
  return (
    <Card
      title="Invitation"
      flush
      aside={
        open && mayInvite ? (
          <span className="flex flex-wrap justify-end gap-2">
            <QrButton connectionId={connectionId} customer={customer} csrf={csrf} />
            <CopyLinkButton connectionId={connectionId} customer={customer} csrf={csrf} />
          </span>
        ) : null
      }
    >
      <Facts>
        <Fact name="Made">
          <Moment at={invitation.createdAt} /> {channelNames[invitation.channel] ?? ''}
        </Fact>
        {invitation.openedAt ? (
          <Fact name="Opened">
            <Moment at={invitation.openedAt} />
          </Fact>
        ) : null}
        <Fact name="State">
          {invitation.finishedAt ? (
            'Used'
          ) : invitation.withdrawnAt ? (
            'Withdrawn'
          ) : (
            <>
              {open ? 'Open until' : 'Lapsed'} <Moment at={invitation.expiresAt} />
            </>
          )}
        </Fact>
        <MailFact invitation={invitation} />
        <ReminderFact invitation={invitation} open={open} />
      </Facts>
      {open && mayInvite ? (
        <details className="border-t border-line px-4 py-3 text-sm sm:px-5">
          <summary className="w-fit rounded-sm text-muted hover:text-ink">Withdraw this invitation</summary>
          <form method="post" action={`${page}/withdraw`} className="mt-3">
            <input type="hidden" name="csrf" value={csrf} />
            <input type="hidden" name="back" value={page} />
            <input type="hidden" name="invitation_id" value={invitation.id} />
            <p className="leading-6 text-muted">
              The link stops working at once and says so to whoever opens it. You can invite again at any time.
            </p>
            <Button kind="danger" size="small" className="mt-3">
              Withdraw
            </Button>
          </form>
        </details>
      ) : null}
    </Card>
  );
}

/** What became of the newest mail. */
function MailFact({ invitation: { mail } }: { invitation: Invitation }) {
  if (!mail) return null;
  return (
    <Fact name="Mail">
      {mail.sentAt ? (
        <>
          Sent <Moment at={mail.sentAt} />
        </>
      ) : mail.held ? (
        'Held back: five mails have gone to this address within a day. Copy the link, or ask again tomorrow.'
      ) : mail.failedAt ? (
        <>
          Not taken by the mail server, last tried <Moment at={mail.failedAt} />. Copy the link if it has to be quick.
        </>
      ) : (
        'Being sent'
      )}
    </Fact>
  );
}

/** Whether whoever does not finish hears of it again. */
function ReminderFact({ invitation, open }: { invitation: Invitation; open: boolean }) {
  if (!invitation.remind) return null;
  const { reminders, remindedAt, remindAt, remindersStoppedAt } = invitation;
  return (
    <Fact name="Reminders">
      {remindedAt ? (
        <>
          {reminders === 1 ? 'One sent' : `${reminders} sent, the last`} <Moment at={remindedAt} />.{' '}
        </>
      ) : null}
      {remindersStoppedAt ? (
        <>
          Stopped by the customer <Moment at={remindersStoppedAt} />
        </>
      ) : open && remindAt ? (
        <>
          Next <Moment at={remindAt} />
        </>
      ) : remindedAt ? null : (
        'None sent'
      )}
    </Fact>
  );
}

type InvitedNoticeProps = {
  connectionId: string;
  invitation: Invitation;
  url: string;
  customer: string;
  email: string | null;
  csrf: string;
};

/** Right after inviting: the link, once on this page, or where the mail went. */
export function InvitedNotice({ connectionId, invitation, url, customer, email, csrf }: InvitedNoticeProps) {
  const mailed = invitation.channel === 'mail';
  return (
    <Notice
      tone="good"
      role="status"
      title={mailed ? `The invitation is on its way to ${email}` : 'The invitation is ready'}
    >
      <p className="mb-3">
        {mailed ? 'In a hurry? This is the same link. ' : `Send this link to ${customer} yourself. `}
        It is theirs alone and open until <Moment at={invitation.expiresAt} />.
      </p>
      <Copyable text={url} what="invitation link" />
      <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <QrButton connectionId={connectionId} customer={customer} csrf={csrf} />
        Are they with you? They can scan it with their phone.
      </p>
    </Notice>
  );
}
