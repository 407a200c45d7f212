import type { ReactNode } from 'react';
import { Card, Fact, Facts } from '../ui/card.tsx';
import { Notice } from '../ui/notice.tsx';
import { Moment } from './moment.tsx';
import { pushProblem } from './words.ts';

type PushedProps = {
  delivered: boolean;
  tries: number;
  nextTry: Date | null;
  problem: string | null;
  /** Until when it waits: to be sent at all, or to be confirmed. */
  until: Date | null;
  /** What may be done about it from here. */
  children: ReactNode;
};

/** A handoff that is brought to its endpoint: how it goes. */
export function Pushed({ delivered, tries, nextTry, problem, until, children }: PushedProps) {
  return (
    <div className="space-y-5">
      <Notice
        tone={problem ? 'warn' : 'calm'}
        title={delivered ? 'Sent, and not confirmed yet' : 'On its way: nothing has left yet'}
      >
        <p>
          {delivered
            ? 'The same bytes are sent again until the endpoint says which it took. If you know the outcome, you can tell it here.'
            : 'The credentials leave with the first try, as soon as the endpoint can be reached.'}
        </p>
      </Notice>
      <Card title="Push" flush>
        <Facts>
          <Fact name="Tries">{tries}</Fact>
          {problem ? <Fact name={tries > 0 ? 'Last time' : 'In the way'}>{pushProblem(problem)}</Fact> : null}
          <Fact name="Next try">{nextTry ? <Moment at={nextTry} /> : 'none'}</Fact>
          {until ? (
            <Fact name={delivered ? 'Until' : 'Goes back into custody'}>
              <Moment at={until} />
            </Fact>
          ) : null}
        </Facts>
      </Card>
      {children}
    </div>
  );
}
