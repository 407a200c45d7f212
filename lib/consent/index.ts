export { startAuthorization } from './authorize.ts';
export {
  type Back,
  type CallbackAnswer,
  type CallbackInput,
  endExchange,
  finishExchange,
  handleCallback,
  type Outcome,
} from './callback.ts';
export { demandsOfRequest } from './demands.ts';
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
  wasKept,
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
export { noteOpened, readInvitation, type Standing, type Visit, visitInvitation, visitOf } from './visit.ts';
