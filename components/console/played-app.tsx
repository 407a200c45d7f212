import type { PlayedApp, SandboxPlay } from '#lib/sandbox/index.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { SelectField } from '../ui/field.tsx';

const policyWords = {
  legacy: 'legacy: only after 30 days',
  overlap: 'overlap: at first use of the next',
  single: 'single: when the next is issued',
} as const;

const faultWords: Record<string, string> = {
  '': 'nothing',
  answer_lost: 'the answer is lost after the token was spent',
  answer_cut: 'the answer is cut off in the middle',
  maintenance: 'Exact is closed for maintenance',
  too_many: 'too many requests (429)',
};

type PlayedAppCardProps = {
  app: PlayedApp;
  personas: SandboxPlay['personas'];
  csrf: string;
  mayPlay: boolean;
};

/** How the simulated Exact Online treats one app, and what it counted of it. */
export function PlayedAppCard({ app, personas, csrf, mayPlay }: PlayedAppCardProps) {
  const { registrationId, name, clientId, site, policy, persona, counts } = app;
  const id = (field: string) => `${field}-${registrationId}`;
  return (
    <Card
      title={name}
      aside={
        <span className="text-[13px] text-muted">
          <code className="break-all font-mono">{clientId}</code> · {site}
        </span>
      }
    >
      {mayPlay ? (
        <form method="post" action="/console/sandbox/play" className="grid gap-4 lg:grid-cols-3">
          <input type="hidden" name="csrf" value={csrf} />
          <input type="hidden" name="back" value="/console/sandbox" />
          <input type="hidden" name="registration_id" value={registrationId} />
          <SelectField
            id={id('policy')}
            name="policy"
            label="When tokens die"
            defaultValue={policy}
            options={Object.entries(policyWords).map(([value, label]) => ({ value, label }))}
          />
          <SelectField
            id={id('persona')}
            name="persona"
            label="The next person who signs in"
            defaultValue={persona ?? ''}
            options={[
              { value: '', label: 'decides on the page' },
              ...personas.map(({ id: value, title }) => ({ value, label: title.toLowerCase() })),
            ]}
          />
          <SelectField
            id={id('fault')}
            name="fault"
            label="At the next token call"
            defaultValue=""
            options={Object.entries(faultWords).map(([value, label]) => ({ value, label }))}
          />
          <div className="lg:col-span-3">
            <Button size="small">Save</Button>
          </div>
        </form>
      ) : (
        <p className="text-sm text-muted">{policyWords[policy]}</p>
      )}
      <dl className="mt-5 flex flex-wrap gap-x-8 gap-y-3 border-t border-line pt-4 text-sm">
        <Count name="token calls" value={counts.tokenCalls} />
        <Count name="sooner than 570 s" value={counts.shortGaps} bad />
        <Count name="tokens presented twice" value={counts.spentTwice} bad />
        <Count name="answers lost" value={counts.answersLost} bad />
        <Count name="live tokens, at most" value={counts.mostLiveTokens} />
      </dl>
    </Card>
  );
}

function Count({ name, value, bad = false }: { name: string; value: number; bad?: boolean }) {
  return (
    <div>
      <dd
        className={
          bad && value > 0 ? 'text-lg font-semibold tabular-nums text-warn' : 'text-lg font-semibold tabular-nums'
        }
      >
        {value}
      </dd>
      <dt className="text-[13px] text-muted">{name}</dt>
    </div>
  );
}
