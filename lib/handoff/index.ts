export { approveHandoff, needsApproval } from './approve.ts';
export { type Claim, cancelHandoff, claimHandoff } from './claim.ts';
export { type Confirmation, confirmHandoff, settleDelivered } from './confirm.ts';
export { errorReported } from './core/registration-error.ts';
export { prepareClaim } from './fresh-pair.ts';
export { type PushHost, pushHandoff } from './push.ts';
export { receiptKeys } from './receipt.ts';
export { type Bundle, redeemHandoff } from './redeem.ts';
export {
  agreeReopen,
  askReopen,
  openRequest,
  reopenReasons,
} from './reopen.ts';
export { type HandoffRow, type HandoffStatus, isPushed, openClaim, readHandoff } from './store.ts';
export { endHandoffDue } from './sweep.ts';
export { viewHandoff, viewMinutes } from './view.ts';
