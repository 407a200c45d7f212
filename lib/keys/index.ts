export {
  allPartners,
  destroyRetired,
  drainBeforeDestroying,
  type KeyStatus,
  keyStatus,
  type RootChange,
  reencrypt,
  rotatable,
  rotateKeys,
  rotateRoot,
} from './rotate.ts';
