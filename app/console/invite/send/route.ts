import { seeOther } from '#lib/browser/index.ts';
import { createInvitation, type InvitationInput } from '#lib/consent/index.ts';
import { isLocale } from '#lib/i18n/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';
import { filled } from '../../_parts/query.ts';

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

/** A form as the verb's input; the verb checks it. */
function inputOf(form: URLSearchParams): InvitationInput {
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
    ...(expect ? { expect } : {}),
    ...(form.get('choose_site') === 'on' ? { choose_site: true } : {}),
  };
}

/** Asks a customer for consent. */
export const POST = consolePost('invite', async ({ member: { ctx, member }, form }) => {
  const made = await createInvitation(ctx, inputOf(form), member.name);
  return seeOther(`/console/connections/${made.connectionId}?invited=${made.id}`);
});
