export { type ExpiringMailInput, expiringMail } from './expiring.ts';
export { type InvitationMailInput, invitationMail } from './invitation.ts';
export type { InlineImage, Mail } from './letter.ts';
export { newLinkMail } from './new-link.ts';
export { type ReceiptMailInput, receiptMail } from './receipt.ts';
export { type ReminderMailInput, reminderMail } from './reminder.ts';
export { type SignInMailInput, signInMail } from './sign-in.ts';
