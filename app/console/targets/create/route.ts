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
  file: (form) => ticked(form, 'file_encrypted'),
};

/** Stores a new target. What a kind has no use for is left out: a machine has no role, only a file a format. */
export const POST = consolePost('manage_targets', async ({ member, form }) => {
  requireFresh(member);
  const kind = form.get('kind') ?? '';
  const isForMachines = kind === 'redeem';
  const keys = form.getAll('api_key_ids');
  const input = TargetInput.parse({
    name: form.get('name') ?? '',
    kind,
    ...(kind === 'file' ? { file: { format: form.get('format') ?? '' } } : {}),
    recipient_key_required: encryptedOnly[kind]?.(form) ?? false,
    api_key_ids: keys.length > 0 || !isForMachines ? keys : null,
    member_roles: isForMachines ? [] : form.getAll('member_roles'),
    earliest_seconds: secondsOf(form, 'earliest_seconds'),
    latest_seconds: secondsOf(form, 'latest_seconds'),
  });
  const { id } = await createTarget(member.ctx, input);
  return seeOther(`/console/targets/${id}?saved=new`);
});
