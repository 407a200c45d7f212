export {
  type BulkClaimResult,
  type BulkClaimView,
  bulkClaimResults,
  createBulkClaim,
  listBulkClaims,
  mostConnections,
  readBulkClaim,
} from './bulk.ts';
export { workBulkClaim } from './bulk-work.ts';
export { cancelHandoff, claimHandoff } from './claim.ts';
export { type Confirmation, confirmHandoff, settleDelivered } from './confirm.ts';
export { errorReported } from './core/registration-error.ts';
export { receiptKeys } from './receipt.ts';
export { type Bundle, redeemHandoff } from './redeem.ts';
export {
  agreeReopen,
  askReopen,
  openRequest,
  reopenReasons,
} from './reopen.ts';
export { type HandoffRow, type HandoffStatus, openClaim, readHandoff } from './store.ts';
export { endHandoffDue } from './sweep.ts';
export { viewHandoff, viewMinutes } from './view.ts';
