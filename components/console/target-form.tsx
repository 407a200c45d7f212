import { Button } from '../ui/button.tsx';
import { CheckField, ChoiceField, TextField } from '../ui/field.tsx';
import { formatChoices, roleNames, targetKindWords } from './words.ts';

export type TargetFields = {
  name: string;
  kind: string;
  push_url: string;
  format: string;
  file_encrypted: boolean;
  recipient_key_required: boolean;
  fresh_pair: boolean;
  form_host: string;
  four_eyes: boolean;
  earliest_seconds: string;
  latest_seconds: string;
};
type TargetFormProps = {
  csrf: string;
  fields: TargetFields;
  apiKeys: readonly { id: string; label: string; last4: string }[];
};

function Ticks({
  legend,
  hint,
  name,
  choices,
}: {
  legend: string;
  hint: string;
  name: string;
  choices: readonly { value: string; label: string; ticked: boolean }[];
}) {
  return (
    <fieldset aria-describedby={`${name}-hint`}>
      <legend className="text-sm font-medium">{legend}</legend>
      <p id={`${name}-hint`} className="mt-0.5 text-[13px] leading-5 text-muted">
        {hint}
      </p>
      <div className="mt-2 space-y-1">
        {choices.map(({ value, label, ticked }) => (
          <label key={value} className="flex min-h-8 items-center gap-3 text-sm">
            <input
              type="checkbox"
              name={name}
              value={value}
              defaultChecked={ticked}
              className="size-4 shrink-0 accent-wax"
            />
            <span className="min-w-0 break-words">{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Where handoffs may go, and on which terms. They cannot be changed later: a new target takes the place of an old one. */
export function TargetForm({ csrf, fields, apiKeys }: TargetFormProps) {
  const kinds = Object.entries(targetKindWords).map(([value, words]) => ({ value, ...words }));
  return (
    <form method="post" action="/console/targets/create" autoComplete="off" className="group/form space-y-5">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value="/console/targets/new" />
      <TextField
        id="name"
        label="Name"
        required
        maxLength={100}
        defaultValue={fields.name}
        hint="Stands in the record and on receipts. A claim may name it, or its id."
      />
      <ChoiceField name="kind" legend="Who takes the credentials" value={fields.kind} choices={kinds} />
      <div className="hidden group-has-[[name=kind][value=push]:checked]/form:block">
        <TextField
          id="push_url"
          label="Endpoint"
          optional
          type="url"
          maxLength={2000}
          placeholder="https://erp.example/waxseal"
          defaultValue={fields.push_url}
          hint="https, on port 443 of a host of the public internet."
        />
      </div>
      <div className="hidden group-has-[[name=kind][value=push]:checked]/form:block group-has-[[name=kind][value=redeem]:checked]/form:block">
        <CheckField
          id="recipient_key_required"
          label="Encrypted only"
          hint="Nothing leaves unless it is encrypted to a key of this target."
          defaultChecked={fields.recipient_key_required}
        />
      </div>
      <div className="hidden space-y-5 group-has-[[name=kind][value=file]:checked]/form:block">
        <ChoiceField name="format" legend="Format" value={fields.format} choices={formatChoices} wide />
        <CheckField
          id="file_encrypted"
          label="Encrypted only"
          hint="The file is for a machine: nothing leaves unless it is encrypted to a key of this target. Otherwise it is readable, and downloaded once."
          defaultChecked={fields.file_encrypted}
        />
      </div>
      <CheckField
        id="four_eyes"
        label="Two people"
        hint="A member other than the one who claims has to agree in the console before anything leaves."
        defaultChecked={fields.four_eyes}
      />
      <CheckField
        id="fresh_pair"
        label="Fresh pair"
        hint="The kept token is exchanged at the claim, and the new pair leaves within eight minutes: for a recipient that needs a working access token at once. The kept token is spent; if Exact Online’s answer is lost, an app with strictly single-use tokens may need a new consent. Not together with two people."
        defaultChecked={fields.fresh_pair}
      />
      {apiKeys.length > 0 ? (
        <Ticks
          legend="API keys that may use it"
          hint="None ticked: every API key for your own system, pushed or not; none for a screen or a file."
          name="api_key_ids"
          choices={apiKeys.map(({ id, label, last4 }) => ({ value: id, label: `${label} …${last4}`, ticked: false }))}
        />
      ) : null}
      <details className="rounded-md border border-line px-4 py-3">
        <summary className="w-fit rounded-sm text-sm font-medium">Advanced</summary>
        <div className="mt-4 space-y-5">
          <Ticks
            legend="Colleagues who may use it"
            hint="For a screen, a file, and for what is pushed."
            name="member_roles"
            choices={[
              { value: 'admin', label: roleNames.admin, ticked: true },
              { value: 'staff', label: roleNames.staff, ticked: true },
            ]}
          />
          <TextField
            id="form_host"
            label="Host of the receiving form"
            maxLength={253}
            placeholder="cloud.invantive.com"
            defaultValue={fields.form_host}
            hint="For a screen: only where your organisation has a variant of Invantive Cloud with a host of its own."
          />
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              id="earliest_seconds"
              label="Not before, in seconds after the issue"
              inputMode="numeric"
              pattern="[0-9]*"
              defaultValue={fields.earliest_seconds}
              hint="At least 570: sooner, Exact Online refuses the token."
            />
            <TextField
              id="latest_seconds"
              label="Not within, in seconds before the lapse"
              inputMode="numeric"
              pattern="[0-9]*"
              defaultValue={fields.latest_seconds}
              hint="At least 3600."
            />
          </div>
        </div>
      </details>
      <Button kind="primary">Save target</Button>
    </form>
  );
}
