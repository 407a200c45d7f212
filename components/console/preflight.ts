import type { PreflightLine, PreflightTone, Sharing } from '#lib/connections/index.ts';
import { momentOf, secondOf, spanOf } from './time.ts';
import { parkedReasons } from './words.ts';

/** A line of the list in plain sentences; `waitSeconds` is counted down, `links` lead to what the line speaks of. */
export type Check = {
  id: string;
  tone: PreflightTone;
  title: string;
  text: string;
  waitSeconds?: number;
  links?: { href: string; label: string }[];
};
type Line<Id extends PreflightLine['id']> = Extract<PreflightLine, { id: Id }>;
type Told = Omit<Check, 'id' | 'tone'>;

const notSealed: Record<string, Told> = {
  claimed: {
    title: 'Claimed already',
    text: 'Somebody started a registration of this connection. There is no second copy.',
  },
  renewing: {
    title: 'Being renewed',
    text: 'Exact Online is asked for a successor right now. Try again in a few minutes.',
  },
  lapsed: { title: 'Lapsed', text: 'The 30 days are over. The customer has to connect again.' },
  superseded: {
    title: 'Superseded',
    text: 'The same Exact user gave consent again since, which ended this one. The customer has to connect again, or you register the newer one.',
  },
  dead: {
    title: 'Refused by Exact Online',
    text: 'Exact Online no longer accepts this consent. The customer has to connect again.',
  },
};

function tellCustody({ tone, custody, parkedReason }: Line<'custody'>): Told {
  if (tone === 'good') return { title: 'Sealed', text: 'Nobody has claimed it, and it waits for nobody’s decision.' };
  if (custody === 'parked')
    return {
      title: 'Parked',
      text: `${parkedReasons[parkedReason ?? ''] ?? 'Somebody has to look first.'} It can be registered once a member has accepted it.`,
    };
  return (
    notSealed[custody] ?? {
      title: 'Not held any more',
      text: 'What was held here has left or was shredded. The customer has to connect again.',
    }
  );
}

function tellWindow({ tone, leftMs, sealedAt, until, lapsesAt }: Line<'window'>): Told {
  if (tone === 'bad')
    return {
      title: 'The window is over',
      text: `A registration could be started until ${momentOf(until)}. The customer has to connect again.`,
    };
  return {
    title: `${spanOf(leftMs)} left to register`,
    text: `Sealed on ${momentOf(sealedAt)}, lapses on ${momentOf(lapsesAt)}. The last moment to start is an hour before that.`,
  };
}

function tellAge({ waitMs, from }: Line<'age'>): Told {
  return waitMs > 0
    ? {
        title: `Can be registered from ${secondOf(from)}`,
        text: 'Exact Online refuses a refresh token in the first 9 minutes and 30 seconds after it was issued.',
        waitSeconds: Math.ceil(waitMs / 1000),
      }
    : {
        title: 'Old enough for Exact Online',
        text: 'More than 9 minutes and 30 seconds have passed since the token was issued, so it is accepted at once.',
      };
}

function tellIdentity({ user, company, more }: Line<'identity'>): Told {
  if (!user)
    return {
      title: 'Exact user and company unknown',
      text: 'The look-up after consent is off or did not succeed. We cannot promise that this is the right customer: check the company in the new database first.',
    };
  if (!company)
    return {
      title: `Exact user ${user.userName}, no company found`,
      text: `${user.fullName} gave this consent, and Exact Online named no company. We cannot promise that the database will show any.`,
    };
  return {
    title: `Exact user ${user.userName} found`,
    text: `${user.fullName}, with ${company}${more > 0 ? ` and ${more} more` : ''}.`,
  };
}

const newerTold: Record<Line<'newer'>['newer'], Told> = {
  none_seen: {
    title: 'No newer consent known',
    text: 'This Exact user has not connected again through your app since.',
  },
  maybe: {
    title: 'Maybe superseded',
    text: 'A newer consent came in and we could not see by which Exact user. If it was the same one, the form will refuse this token.',
  },
  outrun: {
    title: 'Maybe no longer valid',
    text: 'An answer of Exact Online to a renewal never reached us. If there was one, the form will refuse this token.',
  },
  cannot_see: {
    title: 'Cannot tell whether a newer consent came',
    text: 'We saw none, but without the Exact user we cannot see all of them. If there is one, the form will refuse this token.',
  },
};

const onePerPair =
  'Invantive Cloud takes one data container per Exact user and app, and answers itgenscr590 to a second one.';
const linkOf = ({ connectionId, customer, registered, own }: Sharing) => ({
  href: `/console/connections/${connectionId}`,
  label: own ? `${customer}: registered earlier` : registered ? `${customer}: registered` : customer,
});

function tellShared({ known, others, total }: Line<'shared'>): Told {
  if (!known) return { title: 'Cannot tell whether this Exact user is used elsewhere', text: onePerPair };
  if (total === 0)
    return {
      title: 'Exact user used by this connection only',
      text: 'None of your other connections has this Exact user with this client ID. We cannot see other organisations.',
    };
  const advice = others.some(({ registered }) => registered)
    ? 'Remove or repair the data container that exists before you start, or its database may stop working.'
    : 'None of them was registered through us.';
  return {
    title: 'The same Exact user is used elsewhere',
    text: `${onePerPair} ${advice}${total > others.length ? ` These are ${others.length} of ${total}.` : ''}`,
    links: others.map(linkOf),
  };
}

function tell(line: PreflightLine): Told {
  switch (line.id) {
    case 'custody':
      return tellCustody(line);
    case 'window':
      return tellWindow(line);
    case 'age':
      return tellAge(line);
    case 'identity':
      return tellIdentity(line);
    case 'newer':
      return newerTold[line.newer];
    case 'shared':
      return tellShared(line);
  }
}

/** A line as the list shows it. */
export const checkOf = (line: PreflightLine): Check => ({ id: line.id, tone: line.tone, ...tell(line) });
