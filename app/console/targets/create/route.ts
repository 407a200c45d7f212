import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { createTarget, TargetInput } from '#lib/targets/index.ts';
import { filled } from '../../_parts/query.ts';

const secondsOf = (form: URLSearchParams, name: string): number | undefined => {
  const text = filled(form, name);
  return text === undefined ? undefined : Number(text);
};

/** Stores a new target. What a kind has no use for is left out: a screen has no keys, a machine that fetches no role. */
export const POST = consolePost('manage_targets', async ({ member, form }) => {
  requireFresh(member);
  const kind = form.get('kind') ?? '';
  const isScreen = kind === 'assistant';
  const keys = form.getAll('api_key_ids');
  const input = TargetInput.parse({
    name: form.get('name') ?? '',
    kind,
    ...(kind === 'push' ? { push: { url: form.get('push_url') ?? '' } } : {}),
    recipient_key_required: !isScreen && form.get('recipient_key_required') === 'on',
    api_key_ids: keys.length > 0 || isScreen ? keys : null,
    member_roles: kind === 'redeem' ? [] : form.getAll('member_roles'),
    form_host: isScreen ? filled(form, 'form_host') : undefined,
    fresh_pair: form.get('fresh_pair') === 'on',
    four_eyes: form.get('four_eyes') === 'on',
    earliest_seconds: secondsOf(form, 'earliest_seconds'),
    latest_seconds: secondsOf(form, 'latest_seconds'),
  });
  const { id } = await createTarget(member.ctx, input);
  return seeOther(`/console/targets/${id}?saved=new`);
});
