-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- More terms of a target: a pair of tokens that was just exchanged instead of the kept one, and a second member who agrees before
-- anything leaves. Eight minutes are too short for two people, so never both. A built-in target cannot be archived, but
-- closed. An OEM variant of the receiving side has a host of its own; a link to it is all that it becomes.
ALTER TABLE target ADD COLUMN fresh_pair boolean NOT NULL DEFAULT false, ADD COLUMN four_eyes boolean NOT NULL DEFAULT false,
  ADD COLUMN closed_at timestamptz,
  ADD COLUMN form_host text CHECK (form_host ~ '^[a-z0-9-]+([.][a-z0-9-]+)+$' AND length(form_host) <= 253),
  ADD CONSTRAINT target_terms_agree CHECK (NOT (fresh_pair AND four_eyes) AND (NOT fresh_pair OR earliest_seconds = 570)) NOT VALID,
  ADD CONSTRAINT target_closed CHECK (closed_at IS NULL OR built_in IS NOT NULL) NOT VALID;
GRANT UPDATE (closed_at) ON target TO waxseal_app;

-- Fixed by the claim, like its target. What needs a second member leaves for nobody before one agreed who is not the claimer.
ALTER TABLE handoff ADD COLUMN fresh_pair boolean NOT NULL DEFAULT false, ADD COLUMN four_eyes boolean NOT NULL DEFAULT false,
  ADD COLUMN approved_by text, ADD COLUMN approved_at timestamptz,
  ADD CONSTRAINT handoff_approval_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL)) NOT VALID,
  ADD CONSTRAINT handoff_approval CHECK (NOT four_eyes OR status IN ('claimed', 'cancelled') OR approved_by IS NOT NULL) NOT VALID,
  ADD CONSTRAINT handoff_other_eyes CHECK (approved_by IS NULL OR claimed_by_kind <> 'member' OR approved_by <> claimed_by_id) NOT VALID;

-- What an API key may do besides reading. Keys of before keep everything they could.
ALTER TABLE api_key ADD COLUMN scopes text[] NOT NULL DEFAULT ARRAY['invite', 'handoff', 'targets', 'sandbox'],
  ADD CONSTRAINT api_key_scopes CHECK (scopes <@ ARRAY['invite', 'handoff', 'targets', 'sandbox']) NOT VALID;
