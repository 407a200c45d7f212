import type { InvitationInput } from '#lib/consent/index.ts';
import { isLocale } from '#lib/i18n/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { filled } from './query.ts';

const refuse = (sentence: string) => new AppError('invalid_request', sentence);

function divisionOf(form: URLSearchParams): number | undefined {
  const text = filled(form, 'division');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,11}$/.test(text)) throw refuse('An administration number has digits only.');
  return Number(text);
}

function expected(form: URLSearchParams): InvitationInput['expect'] {
  const exact_user = filled(form, 'exact_user');
  const division = divisionOf(form);
  if (exact_user === undefined && division === undefined) return undefined;
  return { ...(exact_user ? { exact_user } : {}), ...(division ? { division } : {}) };
}

const mostDays = 21;

/** How long the link of a mail works; the usual span where nothing was said. */
function spanOf(form: URLSearchParams): Pick<InvitationInput, 'expires_in'> {
  const text = filled(form, 'days');
  if (text === undefined) return {};
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > mostDays) throw refuse(`A link by e-mail works for 1 to ${mostDays} days.`);
  return { expires_in: days * 86_400 };
}

/** The form of an invitation as the verb's input; the verb checks it. */
export function inputOf(form: URLSearchParams): InvitationInput {
  const name = filled(form, 'name');
  if (!name) throw refuse('Give the name of the customer.');
  const email = filled(form, 'email');
  const external_id = filled(form, 'external_id');
  const locale = form.get('locale');
  const channel = form.get('channel') === 'mail' ? 'mail' : 'redirect';
  if (channel === 'mail' && !email) throw refuse('To send by e-mail, give an e-mail address. Or choose a link.');
  const expect = expected(form);
  return {
    customer: {
      name,
      ...(isLocale(locale) ? { locale } : {}),
      ...(email ? { email } : {}),
      ...(external_id ? { external_id } : {}),
    },
    client_registration_id: form.get('client_registration_id') ?? '',
    channel,
    remind: form.get('remind') === 'on',
    ...(channel === 'mail' ? spanOf(form) : {}),
    ...(expect ? { expect } : {}),
    ...(form.get('choose_site') === 'on' ? { choose_site: true } : {}),
  };
}
