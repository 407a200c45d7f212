export { chooseTarget, type Recipient, recipientStill } from './choose.ts';
export { encryptTo, type ReadKey } from './public-key.ts';
export { addRecipientKey, mostLiveKeys, RecipientKeyInput, retireRecipientKey } from './recipient-keys.ts';
export { shortestRest, shortestWait, type TargetRow } from './store.ts';
export {
  archiveTarget,
  closeTarget,
  createTarget,
  listTargets,
  type RecipientKeyView,
  readTarget,
  TargetInput,
  type TargetKind,
  type TargetView,
  targetKinds,
  usualFormHost,
} from './targets.ts';
