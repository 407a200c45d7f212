import type { z } from 'zod';
import { listConnections, listEvents, readConnection, readTimeline } from '../connections/index.ts';
import { createInvitation, readInvitation, withdrawInvitation } from '../consent/index.ts';
import {
  bulkClaimResults,
  cancelHandoff,
  claimHandoff,
  confirmHandoff,
  createBulkClaim,
  prepareClaim,
  readAccount,
  readBulkClaim,
  readHandoff,
  receiptKeys,
  redeemHandoff,
} from '../handoff/index.ts';
import { readCode } from '../kernel/code.ts';
import { AppError } from '../kernel/errors.ts';
import { log } from '../log/index.ts';
import { advanceSandbox } from '../sandbox/index.ts';
import {
  addRecipientKey,
  createTarget,
  listTargets,
  readTarget,
  retireRecipientKey,
  rotatePushSecret,
} from '../targets/index.ts';
import { contracts } from './contracts.ts';
import { endpoint } from './endpoint.ts';
import {
  presentBulkClaim,
  presentBulkClaimResult,
  presentConnection,
  presentEntry,
  presentEvent,
  presentHandoff,
  presentInvitation,
  presentRecipientKey,
  presentTarget,
  presentTargetMade,
} from './present.ts';

const idOf = (params: Record<string, string>) => params['id'] ?? '';
const claimOf = (params: Record<string, string>, body: z.infer<typeof contracts.claimHandoff.body>) => ({
  connectionId: idOf(params),
  target: body.target,
  recipientKeyId: body.recipient_key_id,
});
const badCursor = () => new AppError('invalid_request', 'cursor: take it from next_cursor of the page before.');

/** One handler per contract: parse, call one verb, present (style §3.8). */
export const operations = {
  createInvitation: endpoint(contracts.createInvitation, async ({ ctx, body }) => {
    const made = await createInvitation(ctx, body);
    return {
      status: 201,
      body: {
        id: made.id,
        url: made.url.reveal(),
        expires_at: made.expiresAt.toISOString(),
        connection_id: made.connectionId,
      },
    };
  }),
  readInvitation: endpoint(contracts.readInvitation, async ({ ctx, params }) => ({
    status: 200,
    body: presentInvitation(await readInvitation(ctx, idOf(params))),
  })),
  withdrawInvitation: endpoint(contracts.withdrawInvitation, async ({ ctx, params }) => {
    await withdrawInvitation(ctx, idOf(params));
    const read = await readInvitation(ctx, idOf(params));
    if (read.state !== 'withdrawn')
      throw new AppError('not_withdrawable', 'A consent came through this invitation; it cannot be taken back.');
    return { status: 200, body: presentInvitation(read) };
  }),
  listConnections: endpoint(contracts.listConnections, async ({ ctx, query }) => {
    const code = query.code === undefined ? undefined : readCode(query.code);
    if (code === null) throw new AppError('invalid_request', 'code: six letters and digits, such as WX-7F3K2Q.');
    const found = await listConnections(ctx, { ...query, code });
    if (!found) throw badCursor();
    return { status: 200, body: { items: found.items.map(presentConnection), next_cursor: found.next } };
  }),
  readConnection: endpoint(contracts.readConnection, async ({ ctx, params }) => ({
    status: 200,
    body: presentConnection(await readConnection(ctx, idOf(params))),
  })),
  readTimeline: endpoint(contracts.readTimeline, async ({ ctx, params }) => ({
    status: 200,
    body: { items: (await readTimeline(ctx, idOf(params))).map(presentEntry) },
  })),
  claimHandoff: endpoint(
    contracts.claimHandoff,
    async ({ ctx, params, body }) => ({
      status: 201,
      body: presentHandoff(await claimHandoff(ctx, claimOf(params, body))),
    }),
    ({ ctx, params, body }) => prepareClaim(ctx, claimOf(params, body)),
  ),
  createBulkClaim: endpoint(contracts.createBulkClaim, async ({ ctx, body }) => {
    const { connection_ids: connectionIds, target, recipient_key_id: recipientKeyId } = body;
    return {
      status: 202,
      body: presentBulkClaim(await createBulkClaim(ctx, { connectionIds, target, recipientKeyId })),
    };
  }),
  readBulkClaim: endpoint(contracts.readBulkClaim, async ({ ctx, params }) => ({
    status: 200,
    body: presentBulkClaim(await readBulkClaim(ctx, idOf(params))),
  })),
  listBulkClaimResults: endpoint(contracts.listBulkClaimResults, async ({ ctx, params, query }) => {
    const found = await bulkClaimResults(ctx, idOf(params), query);
    if (!found) throw badCursor();
    return { status: 200, body: { items: found.items.map(presentBulkClaimResult), next_cursor: found.next } };
  }),
  readHandoff: endpoint(contracts.readHandoff, async ({ ctx, params }) => ({
    status: 200,
    body: presentHandoff(await readHandoff(ctx, idOf(params))),
  })),
  redeemHandoff: endpoint(contracts.redeemHandoff, async ({ ctx, params, idempotencyKey }) => ({
    status: 200,
    text: await redeemHandoff(ctx, idOf(params), idempotencyKey),
  })),
  confirmHandoff: endpoint(contracts.confirmHandoff, async ({ ctx, params, body }) => ({
    status: 200,
    body: presentHandoff(
      await confirmHandoff(ctx, idOf(params), {
        outcome: body.outcome,
        code: body.code,
        tokenFingerprint: body.token_fingerprint,
      }),
    ),
  })),
  cancelHandoff: endpoint(contracts.cancelHandoff, async ({ ctx, params }) => {
    await cancelHandoff(ctx, idOf(params));
    return { status: 200, body: presentHandoff(await readHandoff(ctx, idOf(params))) };
  }),
  readReceipt: endpoint(contracts.readReceipt, async ({ ctx, params }) => {
    const { jws, text } = await readAccount(ctx, idOf(params));
    return { status: 200, body: { jws, text } };
  }),
  listTargets: endpoint(contracts.listTargets, async ({ ctx }) => ({
    status: 200,
    body: { items: (await listTargets(ctx)).map(presentTarget) },
  })),
  createTarget: endpoint(contracts.createTarget, async ({ ctx, body }) => ({
    status: 201,
    body: presentTargetMade(await createTarget(ctx, body)),
  })),
  readTarget: endpoint(contracts.readTarget, async ({ ctx, params }) => ({
    status: 200,
    body: presentTarget(await readTarget(ctx, idOf(params))),
  })),
  addRecipientKey: endpoint(contracts.addRecipientKey, async ({ ctx, params, body }) => ({
    status: 201,
    body: presentRecipientKey(await addRecipientKey(ctx, idOf(params), body)),
  })),
  rotatePushSecret: endpoint(contracts.rotatePushSecret, async ({ ctx, params }) => {
    const { secret, previousUntil } = await rotatePushSecret(ctx, idOf(params));
    return { status: 200, body: { secret: secret.reveal(), previous_until: previousUntil.toISOString() } };
  }),
  retireRecipientKey: endpoint(contracts.retireRecipientKey, async ({ ctx, params }) => ({
    status: 200,
    body: presentRecipientKey(await retireRecipientKey(ctx, idOf(params))),
  })),
  listEvents: endpoint(contracts.listEvents, async ({ ctx, query }) => {
    const found = await listEvents(ctx, query);
    if (!found) throw badCursor();
    return { status: 200, body: { items: found.items.map(presentEvent), next_cursor: found.next } };
  }),
  listReceiptKeys: endpoint(contracts.listReceiptKeys, async ({ ctx }) => ({
    status: 200,
    body: await receiptKeys(ctx),
  })),
  advanceSandbox: endpoint(contracts.advanceSandbox, async ({ ctx, body }) => {
    const report = (error: unknown) => log().error({ err: error }, 'due work failed');
    const { now, secondsLeft } = await advanceSandbox(ctx, body.seconds, report);
    return { status: 200, body: { now: now.toISOString(), seconds_left: secondsLeft } };
  }),
} as const;
