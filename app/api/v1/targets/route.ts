import { operations } from '#lib/api/index.ts';

export const GET = operations.listTargets;
export const POST = operations.createTarget;
