import type { RegistrationFields } from '#components/console/registration-form.tsx';

type Typed = (name: string) => string | null;

/** What was typed before a refusal, or else what is stored. A box that was unticked is simply not among the fields. */
export function fieldsOf(typed: Typed, stored: RegistrationFields): RegistrationFields {
  const wasSent = typed('site') !== null;
  return {
    name: typed('name') ?? stored.name,
    site: typed('site') ?? stored.site,
    client_id: typed('client_id') ?? stored.client_id,
    redirect_uri: typed('redirect_uri') ?? stored.redirect_uri,
    preflight: wasSent ? typed('preflight') === 'on' : stored.preflight,
    pkce: wasSent ? typed('pkce') === 'on' : stored.pkce,
    renew: wasSent ? typed('renew') === 'on' : stored.renew,
    confirmation: typed('confirmation') ?? stored.confirmation,
  };
}

/** A posted form as the verb's input, to be checked by the verb's own schema. */
export const posted = (form: URLSearchParams) => ({
  name: form.get('name') ?? '',
  site: form.get('site') ?? '',
  client_id: form.get('client_id') ?? '',
  redirect_uri: form.get('redirect_uri')?.trim() || null,
  preflight: form.get('preflight') === 'on',
  pkce: form.get('pkce') === 'on',
  renew: form.get('renew') === 'on',
  confirmation: form.get('confirmation') ?? undefined,
});
