import type { Role } from './partners.ts';

/** What a member can want to do; reading is open to every role. */
export const actions = [
  'invite',
  'edit_registrations',
  'register_database',
  'decide_grants',
  'manage_keys',
  'manage_targets',
  'manage_origins',
  'manage_brand',
  'advance_clock',
] as const;
export type Action = (typeof actions)[number];

/** Role × action, whole and in one place (B-4): what is not listed is refused. */
const allowed: Record<Role, readonly Action[]> = {
  admin: actions,
  staff: ['invite', 'register_database', 'decide_grants', 'advance_clock'],
  auditor: [],
};

/** Whether a role may do an action. */
export const may = (role: Role, action: Action): boolean => allowed[role].includes(action);
