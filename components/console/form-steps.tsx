'use client';

import { ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { ClearClipboard } from './clear-clipboard.tsx';
import { ValueRow } from './secret-value.tsx';

/** What the receiving form asks for. Lives in a browser's memory for ten minutes and nowhere else on this side. */
export type Values = {
  client_id: string;
  client_secret: string;
  redirect_uri: string;
  refresh_token: string;
  access_token: string | null;
  /** How long the access token still worked when the values were shown; 0 when it did not. */
  access_seconds_left: number;
};

/** What is copied into the form, in its own order. */
export const fieldsOf = (values: Values): { label: string; value: string }[] => [
  { label: 'Client ID', value: values.client_id },
  { label: 'Client secret', value: values.client_secret },
  { label: 'Redirect URL', value: values.redirect_uri },
  ...(values.access_token === null ? [] : [{ label: 'Access token', value: values.access_token }]),
  { label: 'Refresh token', value: values.refresh_token },
];

const formAddress = (host: string) => `https://${host}/app/setup/databases/new/exactonline`;

function Step({ at, title, children }: { at: number; title: string; children: ReactNode }) {
  return (
    <li className="relative grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-3 px-4 py-4 sm:px-5">
      <span
        aria-hidden="true"
        className="grid size-7 place-items-center rounded-full border border-line-strong/60 text-[13px] font-semibold tabular-nums"
      >
        {at}
      </span>
      <div className="min-w-0">
        <h3 className="pt-0.5 text-sm font-medium leading-6">{title}</h3>
        <div className="mt-1 text-sm leading-6 text-muted">{children}</div>
      </div>
    </li>
  );
}

const Choice = ({ children }: { children: ReactNode }) => <strong className="font-medium text-ink">{children}</strong>;

type FormStepsProps = { country: string; host: string; values: Values | null; onCopied: () => void };

/** The receiving form, step by step, in its own order and words. */
export function FormSteps({ country, host, values, onCopied }: FormStepsProps) {
  return (
    <ol className="divide-y divide-line">
      <Step at={1} title="Open the form">
        <p>In Invantive Cloud: Setup, Databases, new Exact Online database.</p>
        <p className="mt-2">
          <a href={formAddress(host)} target="_blank" rel="noreferrer" className={buttonClass('plain', 'small')}>
            Open the form
            <ExternalLink size={14} aria-hidden="true" />
            <span className="sr-only"> in a new tab</span>
          </a>
        </p>
      </Step>
      <Step at={2} title="Country">
        Choose <Choice>{country}</Choice>.
      </Step>
      <Step at={3} title="Method">
        Choose <Choice>Preauthenticated Credentials</Choice>.
      </Step>
      <Step at={4} title="Your app">
        <ValueRow label="Client ID" value={values?.client_id ?? null} onCopied={onCopied} />
        <ValueRow label="Client secret" value={values?.client_secret ?? null} secret onCopied={onCopied} />
        <ValueRow label="Redirect URL" value={values?.redirect_uri ?? null} onCopied={onCopied} />
      </Step>
      <Step at={5} title="Kind of credential">
        Choose <Choice>access token / refresh token</Choice>, not the authorisation code.
      </Step>
      <Step at={6} title="Tokens">
        {values && values.access_token === null ? (
          <p>No access token was kept; leave that field empty.</p>
        ) : (
          <ValueRow
            label="Access token"
            onCopied={onCopied}
            value={values?.access_token ?? null}
            secret
            note={
              values && values.access_seconds_left > 0
                ? `It works for another ${Math.max(1, Math.floor(values.access_seconds_left / 60))} minutes.`
                : 'Expired by now, which is fine: the form has a field for it and makes a new one.'
            }
          />
        )}
        <ValueRow
          label="Refresh token"
          onCopied={onCopied}
          value={values?.refresh_token ?? null}
          secret
          note="Works once. Paste it here and nowhere else."
        />
      </Step>
      <Step at={7} title="Continue">
        <p>
          Press <Choice>Continue</Choice> in the form, wait for its answer, then tell us below what it said.
        </p>
        {values ? <ClearClipboard /> : null}
      </Step>
    </ol>
  );
}
