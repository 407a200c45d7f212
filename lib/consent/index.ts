export { startAuthorization } from './authorize.ts';
export {
  type CallbackAnswer,
  type CallbackInput,
  endExchange,
  finishExchange,
  handleCallback,
  type Outcome,
} from './callback.ts';
export {
  type Channel,
  createInvitation,
  InvitationInput,
  type InvitationMade,
  inviteAgain,
  linkUrl,
  withdrawInvitation,
} from './invite.ts';
export { sendNewLink, type WayOn, wayOnOf } from './new-link.ts';
export { leavingNews, type News, newsOf, newsOfLink, openedNews, returnedNews } from './news.ts';
export { remindCustomer, stopFromLink, stopReminders } from './remind.ts';
export { doubtGrant, openLink, readTrip, showLink, type TripResult, visitAccess, withdrawConsent } from './results.ts';
export { noteOpened, readInvitation, type Standing, type Visit, visitInvitation, visitOf } from './visit.ts';
