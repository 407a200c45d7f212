export {
  allPartners,
  destroyRetired,
  type KeyStatus,
  keyStatus,
  type RootChange,
  reencrypt,
  rotatable,
  rotateKeys,
  rotateRoot,
} from './rotate.ts';
