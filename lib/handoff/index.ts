export { type Account, credentialsFragment, leftAs, readAccount } from './account.ts';
export type { Bundle } from './answer.ts';
export { cancelHandoff, claimHandoff } from './claim.ts';
export { type Confirmation, confirmHandoff, settleDelivered } from './confirm.ts';
export { fileFormats } from './core/formats/catalogue.ts';
export { errorReported } from './core/registration-error.ts';
export { publishedReceiptKeys, receiptKeys } from './receipt.ts';
export { redeemHandoff } from './redeem.ts';
export {
  agreeReopen,
  askReopen,
  openRequest,
  reopenReasons,
} from './reopen.ts';
export { type HandoffRow, type HandoffStatus, openClaim, readHandoff } from './store.ts';
export { endHandoffDue } from './sweep.ts';
export { type TakenFile, takeFile, viewHandoff, viewMinutes } from './view.ts';
