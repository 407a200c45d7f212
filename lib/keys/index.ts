export {
  allPartners,
  destroyRetired,
  type KeyStatus,
  keyStatus,
  operator,
  type RootChange,
  reencrypt,
  rotatable,
  rotateKeys,
  rotateRoot,
} from './rotate.ts';
