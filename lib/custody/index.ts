export { type Aged, ageGrants } from './age.ts';
export {
  type AnswerRow,
  drainAnswers,
  findAnswer,
  hasUnread,
  type Keeper,
  keepAnswer,
  keeperFor,
  readAnswer,
  setAside,
  shredAnswer,
} from './answers.ts';
export { type Custody, custodies } from './core/custody.ts';
export type { RenewalResult } from './core/flow.ts';
export { type ConnectionStatus, connectionStatus, type StatusFacts, statuses } from './core/status.ts';
export {
  claimableAt,
  confirmBefore,
  earliestClaim,
  exchangeFrom,
  freshUntil,
  lastClaim,
  redeemBefore,
} from './core/windows.ts';
export {
  type Current,
  type Demands,
  type Expected,
  type Identity,
  identifyAgain,
  identifyGrant,
  isParkedBySight,
  noDemands,
} from './identify.ts';
export { renewGrant } from './renew.ts';
export { planRenewals, renewedBy, triesOf } from './renewals.ts';
export { endRestored, parkRestored } from './restored.ts';
export { type NewGrant, sealGrant } from './seal.ts';
export { readLate } from './settle.ts';
export { countSpooled } from './spool.ts';
export { consentOf, findGrant, type GrantRow, heldGrants, isWithdrawn, newestGrant } from './store.ts';
export { doubtConnection } from './supersede.ts';
export {
  acceptGrant,
  type ClaimAnswer,
  claimGrant,
  confirmGrant,
  discardGrant,
  handOver,
  holdsFreshPair,
  isLookable,
  noteOpened,
  type OpenedTokens,
  openForLook,
  parkGrant,
  returnGrant,
  shredGrant,
} from './verbs.ts';
