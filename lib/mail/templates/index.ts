export { type ExpiringMailInput, expiringMail } from './expiring.ts';
export { type InvitationMailInput, invitationMail } from './invitation.ts';
export type { Mail } from './letter.ts';
export { type ReceiptMailInput, receiptMail } from './receipt.ts';
export { type SignInMailInput, signInMail } from './sign-in.ts';
