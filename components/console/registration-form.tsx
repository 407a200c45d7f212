import { Button } from '../ui/button.tsx';
import { CheckField, SelectField, TextField } from '../ui/field.tsx';
import { confirmationOptions, siteOptions } from './words.ts';

export type RegistrationFields = {
  name: string;
  site: string;
  client_id: string;
  /** The address Exact has on file where it is not ours; empty for ours. */
  redirect_uri: string;
  preflight: boolean;
  pkce: boolean;
  renew: boolean;
  confirmation: string;
};
type RegistrationFormProps = {
  action: string;
  back: string;
  csrf: string;
  fields: RegistrationFields;
  /** The id that the redirect URL was printed for, on a new registration. */
  reservedId?: string;
  /** Since when a secret is kept, as a text; absent on a new registration. */
  secretSetOn?: string;
};

/** The partner's own app at Exact Online. The secret goes in and never comes out. */
export function RegistrationForm({ action, back, csrf, fields, reservedId, secretSetOn }: RegistrationFormProps) {
  const isNew = secretSetOn === undefined;
  return (
    <form method="post" action={action} autoComplete="off" className="space-y-5">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={back} />
      {reservedId ? <input type="hidden" name="id" value={reservedId} /> : null}
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          id="name"
          label="Name"
          required
          maxLength={100}
          defaultValue={fields.name}
          hint="For your colleagues; customers do not see it."
        />
        <SelectField
          id="site"
          label="Country site"
          defaultValue={fields.site}
          options={siteOptions}
          hint="Where your app is registered, and where its customers sign in."
        />
      </div>
      <TextField
        id="client_id"
        label="Client ID"
        required
        maxLength={60}
        spellCheck={false}
        className="font-mono"
        defaultValue={fields.client_id}
        placeholder="00000000-0000-0000-0000-000000000000"
      />
      <TextField
        id="client_secret"
        type="password"
        label="Client secret"
        required={isNew}
        maxLength={1000}
        autoComplete="off"
        spellCheck={false}
        className="font-mono"
        hint={
          isNew
            ? 'Stored encrypted and never shown again, to nobody.'
            : `Set on ${secretSetOn}. Leave empty to keep it; type a new one after you renewed it at Exact.`
        }
      />
      <details className="rounded-md border border-line px-4 py-3" open={fields.redirect_uri !== ''}>
        <summary className="w-fit rounded-sm text-sm font-medium">
          The app has another redirect URL at Exact Online
        </summary>
        <div className="mt-4">
          <TextField
            id="redirect_uri"
            label="Redirect URL registered at Exact"
            optional
            maxLength={2000}
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
            defaultValue={fields.redirect_uri}
            placeholder="https://"
            hint="Leave empty for ours. Only for an app whose redirect URL cannot be changed: customers land on that page, copy its whole address, and paste it on their page here, within 3 minutes. Letter by letter as Exact has it; fixed once a customer has connected."
          />
        </div>
      </details>
      <details
        className="rounded-md border border-line px-4 py-3"
        open={!fields.preflight || !fields.pkce || fields.renew || fields.confirmation !== 'ask'}
      >
        <summary className="w-fit rounded-sm text-sm font-medium">Advanced</summary>
        <div className="mt-4 space-y-4">
          <CheckField
            id="preflight"
            label="Look up the Exact user and companies after consent"
            hint="Uses the first access token, for this only, so that wrong accounts are noticed while the customer is there; off, the identity stays unknown."
            defaultChecked={fields.preflight}
          />
          <SelectField
            id="confirmation"
            label="Is this the right account?"
            defaultValue={fields.confirmation}
            options={confirmationOptions}
            hint="Customers see who signed in and which companies they shared. What was sealed stays sealed whatever they say; a no parks it until you decide or they connect again."
          />
          <CheckField
            id="pkce"
            label="Bind each consent to our server (PKCE)"
            hint="Makes an intercepted code worthless; switch it off only if Exact Online refuses your app with it."
            defaultChecked={fields.pkce}
          />
          <CheckField
            id="renew"
            label="Renew what is still sealed after 20 days"
            hint="Spends the sealed token for a new one, so that customers need not connect again after 30 days. If Exact's answer is lost on the way, an app that Exact treats strictly loses that connection; you are told at once. Off, a sealed token is never used."
            defaultChecked={fields.renew}
          />
        </div>
      </details>
      <Button kind="primary">{isNew ? 'Save client registration' : 'Save changes'}</Button>
    </form>
  );
}
