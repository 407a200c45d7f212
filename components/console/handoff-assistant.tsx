'use client';

import { LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { CopyInOrder } from './copy-in-order.tsx';
import { FormSteps, fieldsOf, type Values } from './form-steps.tsx';
import { goAndSignIn } from './go-and-sign-in.ts';

type Answer = { values: Values; seconds_left: number };
type HandoffAssistantProps = {
  handoffId: string;
  csrf: string;
  country: string;
  /** Of the receiving form. */
  formHost: string;
  /** Whether the values left already, in an earlier view of this page. */
  delivered: boolean;
  /** Whether this member may still look. */
  open: boolean;
  /** Stands in for the reveal while the sign-in is too old for a first look. */
  again: ReactNode;
  cancel: ReactNode;
  outcome: ReactNode;
};

async function fetchValues(handoffId: string, csrf: string): Promise<Answer> {
  const answer = await fetch(`/console/handoffs/${handoffId}/values`, {
    method: 'POST',
    headers: { 'x-csrf': csrf },
    cache: 'no-store',
  });
  const body = (await answer.json()) as Answer & { error?: string; again?: string };
  if (body.again) goAndSignIn(body.again);
  if (!answer.ok) throw new Error(body.error ?? 'The values could not be fetched.');
  return body;
}

/** Counts down by the browser's own clock from a span that the server named; zero when it is over. */
function useSecondsLeft(until: number | null, onOver: () => void): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (until === null) return;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      setLeft(seconds);
      if (seconds === 0) onOver();
    };
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [until, onOver]);
  return left;
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** Walks a member through the receiving form. The values come by their own request, stay in memory, and are wiped when the time is over. */
export function HandoffAssistant({
  handoffId,
  csrf,
  country,
  formHost,
  delivered,
  open,
  again,
  cancel,
  outcome,
}: HandoffAssistantProps) {
  const [values, setValues] = useState<Values | null>(null);
  const [until, setUntil] = useState<number | null>(null);
  const [state, setState] = useState<'closed' | 'busy' | 'open' | 'over'>(open ? 'closed' : 'over');
  const [left, setLeft] = useState(delivered); // whether a byte has left: then only an outcome ends this
  const [error, setError] = useState<string | null>(null);
  const copied = useRef(false);
  const noteCopied = useCallback(() => {
    copied.current = true;
  }, []);
  const wipe = useCallback((next: 'closed' | 'over') => {
    // What was copied last goes with the values, as far as the browser lets a page do that: it has to be in front.
    if (copied.current) navigator.clipboard.writeText('').catch(() => {});
    copied.current = false;
    setValues(null);
    setUntil(null);
    setState(next);
  }, []);
  const timeOver = useCallback(() => wipe('over'), [wipe]);
  const seconds = useSecondsLeft(until, timeOver);

  useEffect(() => {
    if (until === null) return;
    const forget = () => wipe('closed');
    window.addEventListener('pagehide', forget);
    return () => window.removeEventListener('pagehide', forget);
  }, [until, wipe]);

  async function reveal() {
    setState('busy');
    setError(null);
    try {
      const answer = await fetchValues(handoffId, csrf);
      setValues(answer.values);
      setUntil(Date.now() + answer.seconds_left * 1000);
      setLeft(true);
      setState('open');
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : 'The values could not be fetched.');
      setState('closed');
    }
  }

  return (
    <div className="space-y-5">
      {state === 'open' ? (
        <Countdown seconds={seconds} onHide={() => wipe('closed')}>
          {values ? <CopyInOrder fields={fieldsOf(values)} onCopied={noteCopied} /> : null}
        </Countdown>
      ) : state === 'over' ? (
        <Over wasOpen={left} />
      ) : (
        <Gate
          seen={left}
          busy={state === 'busy'}
          onReveal={reveal}
          signIn={left ? null : again}
          cancel={left ? null : cancel}
        />
      )}
      {error ? (
        <Notice tone="bad" role="alert" title="The values were not shown">
          {error}
        </Notice>
      ) : null}
      <section className="rounded-lg border border-line bg-raised">
        <h2 className="border-b border-line px-4 py-3 text-sm font-semibold sm:px-5">The form at Invantive Cloud</h2>
        <FormSteps country={country} host={formHost} values={values} onCopied={noteCopied} />
      </section>
      {left ? outcome : null}
    </div>
  );
}

function Over({ wasOpen }: { wasOpen: boolean }) {
  return wasOpen ? (
    <Notice tone="calm" title="The values are no longer shown">
      They were here for ten minutes after the first look and are gone from this page. If they are in the form, tell us
      below what it said.
    </Notice>
  ) : (
    <Notice tone="calm" title="The time to use this claim ran out">
      Nothing has left. The credentials go back into custody, and can be claimed again while their 30 days last.
    </Notice>
  );
}

function Countdown({ seconds, onHide, children }: { seconds: number; onHide: () => void; children: ReactNode }) {
  return (
    <div className="sticky top-0 z-10 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg border border-warn/35 bg-warn-soft px-4 py-2.5 text-sm">
      <p className="flex items-center gap-2">
        <LockKeyholeOpen size={16} aria-hidden="true" className="shrink-0 text-warn" />
        <span>
          Values shown for another{' '}
          <span role="timer" className="font-semibold tabular-nums">
            {clock(seconds)}
          </span>
        </span>
      </p>
      <Button type="button" kind="plain" size="small" onClick={onHide}>
        Hide now
      </Button>
      {children}
    </div>
  );
}

type GateProps = { seen: boolean; busy: boolean; onReveal: () => void; signIn: ReactNode; cancel: ReactNode };

function Gate({ seen, busy, onReveal, signIn, cancel }: GateProps) {
  return (
    <section className="rounded-lg border border-line bg-raised px-4 py-4 sm:px-5">
      <div className="flex gap-3">
        <LockKeyhole size={18} aria-hidden="true" className="mt-0.5 shrink-0 text-wax" />
        <div className="min-w-0 text-sm leading-6">
          <h2 className="font-semibold">{seen ? 'The values have left already' : 'The values are still sealed'}</h2>
          <p className="text-muted">
            {seen
              ? 'You can look again for as long as the ten minutes since the first look last, in this session only.'
              : 'From the moment you reveal the values this handoff can’t be cancelled. They leave once, to you, and stay on this page for ten minutes.'}
          </p>
        </div>
      </div>
      {signIn ? <div className="mt-3 pl-[1.875rem] max-sm:pl-0">{signIn}</div> : null}
      <div className="mt-4 flex flex-wrap gap-2 pl-[1.875rem] max-sm:pl-0">
        {signIn ? null : (
          <Button type="button" kind="primary" disabled={busy} onClick={onReveal}>
            {busy ? 'Opening the seal …' : seen ? 'Show the values again' : 'Reveal the values'}
          </Button>
        )}
        {cancel}
      </div>
    </section>
  );
}
