export {
  type ApiKeyRow,
  createApiKey,
  ctxOfApiKey,
  listApiKeys,
  revokeApiKey,
  type Scope,
  scopes,
} from './api-keys.ts';
export {
  brandStamp,
  changeBrand,
  findLogo,
  keepLogo,
  type LogoView,
  listLogos,
  mostLogos,
  removeLogo,
  takeBrand,
} from './brand.ts';
export { actingAs, ctxIn, openCtx } from './ctx.ts';
export { type Deleted, deleteOne, deletePartner } from './delete.ts';
export {
  addOrigin,
  type EmbedOriginView,
  listOrigins,
  mayBeTold,
  mayReturnTo,
  removeOrigin,
  returnUrlFault,
} from './origins.ts';
export {
  addMember,
  createPartner,
  ctxOfMember,
  Email,
  type MemberCtx,
  type Membership,
  membershipsOf,
  type PartnerView,
  type Role,
  readPartner,
  roles,
} from './partners.ts';
export { type Action, may } from './permissions.ts';
export { redirectFor, redirectUriOf, returnsHere } from './redirect.ts';
export {
  type Confirmation,
  changeRegistration,
  createRegistration,
  isSensitive,
  listRegistrations,
  noteRefused,
  openClientSecret,
  RegistrationChange,
  RegistrationInput,
  type RegistrationView,
  readRegistration,
} from './registrations.ts';
export { roleNow } from './standing.ts';
export { enterTwin, findTwin } from './twin.ts';
