export { type Account, credentialsFragment, leftAs, readAccount } from './account.ts';
export type { Bundle } from './answer.ts';
export { approveHandoff, needsApproval } from './approve.ts';
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
export { type Claim, cancelHandoff, claimHandoff } from './claim.ts';
export { type Confirmation, confirmHandoff, settleDelivered } from './confirm.ts';
export { fileFormats } from './core/formats/catalogue.ts';
export { errorReported } from './core/registration-error.ts';
export { prepareClaim } from './fresh-pair.ts';
export { type PushHost, pushHandoff } from './push.ts';
export { publishedReceiptKeys, receiptKeys } from './receipt.ts';
export { redeemHandoff } from './redeem.ts';
export {
  agreeReopen,
  askReopen,
  openRequest,
  reopenReasons,
} from './reopen.ts';
export { type HandoffRow, type HandoffStatus, isPushed, openClaim, readHandoff } from './store.ts';
export { endHandoffDue } from './sweep.ts';
export { type TakenFile, takeFile, viewHandoff, viewMinutes } from './view.ts';
