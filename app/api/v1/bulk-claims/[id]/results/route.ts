import { operations } from '#lib/api/index.ts';

export const GET = operations.listBulkClaimResults;
