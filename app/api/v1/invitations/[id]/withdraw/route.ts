import { operations } from '#lib/api/index.ts';

export const POST = operations.withdrawInvitation;
