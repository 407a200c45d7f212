export { chooseTarget, type Recipient, recipientStill } from './choose.ts';
export { encryptTo, type ReadKey } from './public-key.ts';
export { openPushSecrets, rotatePushSecret } from './push.ts';
export { addRecipientKey, mostLiveKeys, RecipientKeyInput, retireRecipientKey } from './recipient-keys.ts';
export { findTarget, shortestRest, shortestWait, type TargetRow, targetArchived } from './store.ts';
export {
  archiveTarget,
  closeTarget,
  createTarget,
  listTargets,
  type RecipientKeyView,
  readTarget,
  TargetInput,
  type TargetKind,
  type TargetMade,
  type TargetView,
  targetKinds,
  usualFormHost,
} from './targets.ts';
