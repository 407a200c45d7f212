export { startAuthorization } from './authorize.ts';
export {
  type Back,
  type CallbackAnswer,
  type CallbackInput,
  endExchange,
  finishExchange,
  handleCallback,
  type Outcome,
  tripOfState,
} from './callback.ts';
export { type News, obstacles, outcomes } from './core/news.ts';
export { demandsOfRequest } from './demands.ts';
export { foreseeInvitation } from './foresee.ts';
export {
  type Channel,
  channels,
  createInvitation,
  InvitationInput,
  type InvitationMade,
  inviteAgain,
  linkUrl,
  withdrawInvitation,
} from './invite.ts';
export { sendNewLink, type WayOn, wayOnOf } from './new-link.ts';
export { leavingNews, newsOf, newsOfLink, noteStopped, openedNews, returnedNews } from './news.ts';
export { awaitsAnswer, type PasteFault, pasteBack, pasteFaults } from './paste.ts';
export {
  confirmAccount,
  declineForGood,
  doubtGrant,
  type Fault,
  faultOf,
  isQuestionOpen,
  isTurnedAway,
  keepStanding,
  type Look,
  lookAgain,
  noteTurnedAway,
  ownTrip,
} from './presence.ts';
export { isClosed } from './probe.ts';
export { remindCustomer, stopFromLink } from './remind.ts';
export {
  isConsentBrowser,
  openLink,
  readTrip,
  showLink,
  type TripResult,
  visitAccess,
  withdrawConsent,
} from './results.ts';
export { chooseSite, siteChoices } from './site.ts';
export {
  type InvitationRead,
  noteOpened,
  readInvitation,
  type Standing,
  type Visit,
  visitInvitation,
  visitOf,
} from './visit.ts';
