import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { createTarget, TargetInput } from '#lib/targets/index.ts';
import { filled } from '../../_parts/query.ts';

const secondsOf = (form: URLSearchParams, name: string): number | undefined => {
  const text = filled(form, name);
  return text === undefined ? undefined : Number(text);
};

const ticked = (form: URLSearchParams, name: string) => form.get(name) === 'on';

/** Whether nothing may leave unencrypted, as the box of this kind says; a screen has no keys. */
const encryptedOnly: Readonly<Record<string, (form: URLSearchParams) => boolean>> = {
  redeem: (form) => ticked(form, 'recipient_key_required'),
  push: (form) => ticked(form, 'recipient_key_required'),
  file: (form) => ticked(form, 'file_encrypted'),
};

/** Stores a new target. What a kind has no use for is left out: a machine that fetches has no role, only a file a format. */
export const POST = consolePost('manage_targets', async ({ member, form }) => {
  requireFresh(member);
  const kind = form.get('kind') ?? '';
  const isForMachines = kind === 'redeem' || kind === 'push';
  const keys = form.getAll('api_key_ids');
  const input = TargetInput.parse({
    name: form.get('name') ?? '',
    kind,
    ...(kind === 'push' ? { push: { url: form.get('push_url') ?? '' } } : {}),
    ...(kind === 'file' ? { file: { format: form.get('format') ?? '' } } : {}),
    recipient_key_required: encryptedOnly[kind]?.(form) ?? false,
    api_key_ids: keys.length > 0 || !isForMachines ? keys : null,
    member_roles: kind === 'redeem' ? [] : form.getAll('member_roles'),
    form_host: kind === 'assistant' ? filled(form, 'form_host') : undefined,
    fresh_pair: ticked(form, 'fresh_pair'),
    four_eyes: ticked(form, 'four_eyes'),
    earliest_seconds: secondsOf(form, 'earliest_seconds'),
    latest_seconds: secondsOf(form, 'latest_seconds'),
  });
  const { id } = await createTarget(member.ctx, input);
  return seeOther(`/console/targets/${id}?saved=new`);
});
