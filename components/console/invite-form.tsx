import { localeNames, locales } from '#lib/i18n/index.ts';
import { Button } from '../ui/button.tsx';
import { CheckField, ChoiceField, SelectField, TextField } from '../ui/field.tsx';

type InviteFormProps = {
  csrf: string;
  registrations: readonly { value: string; label: string }[];
  typed: (name: string) => string | null;
  registrationId: string;
  /** Whether there are apps for more than one country site to choose from. */
  sitesDiffer: boolean;
};

const channels = [
  { value: 'mail', label: 'Send by e-mail', hint: 'We mail them in your name.' },
  { value: 'redirect', label: 'Give me a link', hint: 'You send it yourself, or open it together. Open for 4 hours.' },
] as const;

const languages = [
  { value: '', label: 'Automatic' },
  ...locales.map((locale) => ({ value: locale, label: localeNames[locale] })),
];

/** Everything needed to ask one customer. What was typed stays when the form is refused. */
export function InviteForm({ csrf, registrations, typed, registrationId, sitesDiffer }: InviteFormProps) {
  const value = (name: string) => typed(name) ?? '';
  const remind = typed('name') === null || typed('remind') === 'on';
  const expects = value('exact_user') !== '' || value('division') !== '';
  return (
    <form method="post" action="/console/invite/send" className="space-y-5">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value="/console/invite" />
      <TextField
        id="name"
        label="Customer name"
        required
        maxLength={200}
        autoComplete="off"
        defaultValue={value('name')}
        hint="As they call their company; they see it on the page."
      />
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          id="email"
          type="email"
          label="E-mail address"
          optional
          maxLength={254}
          autoComplete="off"
          defaultValue={value('email')}
          hint="Needed to send by e-mail."
        />
        <TextField
          id="external_id"
          label="Your reference"
          optional
          maxLength={200}
          autoComplete="off"
          defaultValue={value('external_id')}
          hint="Your own number; the same one is the same customer."
        />
      </div>
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          id="locale"
          label="Language"
          defaultValue={value('locale')}
          options={languages}
          hint="Automatic follows their browser; a mail follows the country of the Exact site."
        />
        <SelectField
          id="client_registration_id"
          label="Client registration"
          defaultValue={registrationId}
          options={registrations}
        />
      </div>
      {sitesDiffer ? (
        <CheckField
          id="choose_site"
          label="Let them choose the country"
          hint="Where you do not know which Exact Online they use: they pick among the sites that you have an app for."
          defaultChecked={typed('choose_site') === 'on'}
        />
      ) : null}
      <ChoiceField
        name="channel"
        legend="How does it reach them?"
        choices={channels}
        value={typed('channel') ?? 'mail'}
      />
      <TextField
        id="days"
        type="number"
        label="Days the link works"
        min={1}
        max={21}
        step={1}
        inputMode="numeric"
        className="max-w-24"
        defaultValue={typed('days') ?? '7'}
        hint="For an invitation by e-mail, 1 to 21."
      />
      <CheckField
        id="remind"
        label="Remind them by e-mail when they do not finish"
        hint="For an invitation by e-mail: after two days, and a day before it ends. They can stop it."
        defaultChecked={remind}
      />
      <details open={expects} className="rounded-md border border-line px-4 py-3">
        <summary className="w-fit rounded-sm text-sm font-medium">
          Expected Exact user or company <span className="ml-1 font-normal text-muted">optional</span>
        </summary>
        <p className="mt-2 text-[13px] leading-5 text-muted">
          When someone else comes back, the consent is parked until you have looked at it. Nothing is lost.
        </p>
        <div className="mt-4 grid gap-5 sm:grid-cols-2">
          <TextField
            id="exact_user"
            label="Exact user name or e-mail"
            maxLength={200}
            autoComplete="off"
            defaultValue={value('exact_user')}
          />
          <TextField
            id="division"
            label="Administration number"
            inputMode="numeric"
            pattern="[0-9]*"
            maxLength={12}
            autoComplete="off"
            defaultValue={value('division')}
          />
        </div>
      </details>
      <div className="flex flex-wrap gap-3">
        <Button formAction="/console/invite/preview" formTarget="_blank">
          Preview<span className="sr-only"> (opens in a new tab)</span>
        </Button>
        <Button kind="primary">Create invitation</Button>
      </div>
    </form>
  );
}
