import type { ConnectionView } from '#lib/connections/index.ts';
import { Card, Fact, Facts } from '../ui/card.tsx';
import { Moment } from './moment.tsx';
import { siteNames } from './words.ts';

const languageNames = new Intl.DisplayNames('en', { type: 'language' });

/** What one consent gave: who, which companies, and the times that matter. */
export function ConsentFacts({ grant }: { grant: NonNullable<ConnectionView['grant']> }) {
  const { exactUser } = grant;
  return (
    <Card title={grant.endedAt ? 'Last consent' : 'Consent'} flush>
      <Facts>
        <Fact name="Exact user">
          {exactUser ? (
            <>
              <span className="font-medium">{exactUser.fullName}</span>
              <span className="block break-all text-[13px] text-muted">
                {exactUser.userName}
                {exactUser.email ? ` · ${exactUser.email}` : ''}
              </span>
            </>
          ) : grant.identity === 'pending' ? (
            'Being looked up'
          ) : (
            'Unknown'
          )}
        </Fact>
        <Fact name="Companies">
          {grant.divisions.length > 0 ? (
            <ul className="space-y-1">
              {grant.divisions.map(({ code, name, current }) => (
                <li key={code} className="flex flex-wrap items-baseline gap-x-2">
                  <span>{name}</span>
                  <span className="text-[13px] text-muted tabular-nums">
                    {code}
                    {current ? ' · open at consent' : ''}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            'Unknown'
          )}
        </Fact>
        {grant.confirmedAt ? (
          <Fact name="Right account">
            the customer said yes on <Moment at={grant.confirmedAt} />
          </Fact>
        ) : null}
        <Fact name="Sealed">
          <Moment at={grant.sealedAt} />
        </Fact>
        {grant.endedAt ? (
          <Fact name="Ended">
            <Moment at={grant.endedAt} />
          </Fact>
        ) : (
          <>
            <Fact name="Can be registered">
              <Moment at={grant.claimableFrom} /> <span className="text-muted">until</span>{' '}
              <Moment at={grant.claimableUntil} />
            </Fact>
            <Fact name="Lapses">
              <Moment at={grant.lapsesAt} />
              {grant.renewAt ? (
                <span className="block text-[13px] text-muted">
                  renewed before that, from <Moment at={grant.renewAt} dateOnly />
                </span>
              ) : null}
            </Fact>
          </>
        )}
      </Facts>
    </Card>
  );
}

/** Who the customer is here, and through which app they connect. */
export function CustomerFacts({ view }: { view: ConnectionView }) {
  const { customer, registration } = view;
  return (
    <Card title="Customer" flush>
      <Facts>
        <Fact name="E-mail">{customer.email ?? <span className="text-muted">none</span>}</Fact>
        <Fact name="Your reference">{customer.externalId ?? <span className="text-muted">none</span>}</Fact>
        <Fact name="Language">{customer.locale ? languageNames.of(customer.locale) : 'As their browser asks'}</Fact>
        <Fact name="Client registration">
          {registration.name}
          <span className="block text-[13px] text-muted">{siteNames[registration.site] ?? registration.site}</span>
        </Fact>
        <Fact name="Connection ID">
          <code className="break-all font-mono text-[13px]">{view.id}</code>
        </Fact>
      </Facts>
    </Card>
  );
}
