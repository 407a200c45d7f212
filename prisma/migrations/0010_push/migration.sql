-- In steps (lib/db/migrate.ts), each by itself and safe to be done twice: one that was cut off begins again at the first. No step
-- keeps writers or readers waiting for longer than it waits for its lock itself.

-- step: Where a target of kind push is found. Like every other term of a target it is never edited.
ALTER TABLE target ADD COLUMN IF NOT EXISTS push_url text,
  DROP CONSTRAINT IF EXISTS target_push_url,
  ADD CONSTRAINT target_push_url CHECK ((kind = 'push') = (push_url IS NOT NULL) AND length(push_url) <= 2000) NOT VALID;

-- step: Webhook secrets have a key of their own (design §8.13).
ALTER TABLE partner_key DROP CONSTRAINT IF EXISTS partner_key_purpose_check,
  ADD CONSTRAINT partner_key_purpose_check CHECK (purpose IN
    ('client_secret', 'token', 'envelope', 'link', 'idempotency', 'blind_index', 'receipt_signing', 'webhook_secret')) NOT VALID;

-- step: What the requests to a target are signed with, sealed: one in front, and for a day the one before it. A retired one is removed.
CREATE TABLE IF NOT EXISTS push_secret (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  target_id text NOT NULL,
  secret bytea NOT NULL,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, target_id) REFERENCES target
);
CREATE UNIQUE INDEX IF NOT EXISTS push_secret_front ON push_secret (partner_id, target_id) WHERE retired_at IS NULL;
CREATE INDEX IF NOT EXISTS push_secret_retired ON push_secret (partner_id, retired_at) WHERE retired_at IS NOT NULL;
ALTER TABLE push_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_secret FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant ON push_secret;
CREATE POLICY tenant ON push_secret TO waxseal_app
  USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()));
DROP POLICY IF EXISTS only_retired ON push_secret;
CREATE POLICY only_retired ON push_secret AS RESTRICTIVE FOR DELETE TO waxseal_app USING (retired_at IS NOT NULL);
GRANT SELECT, INSERT, DELETE ON push_secret TO waxseal_app;
GRANT UPDATE (secret, retired_at) ON push_secret TO waxseal_app; -- the first to be sealed anew

-- step: A handoff that is pushed: how often it was sent, when next, and what is in the way. Null for those that are fetched.
ALTER TABLE handoff ADD COLUMN IF NOT EXISTS push_tries integer, ADD COLUMN IF NOT EXISTS push_due_at timestamptz,
  ADD COLUMN IF NOT EXISTS push_problem text,
  DROP CONSTRAINT IF EXISTS handoff_push_whole,
  ADD CONSTRAINT handoff_push_whole
    CHECK (push_tries >= 0 AND (push_tries IS NOT NULL OR (push_due_at IS NULL AND push_problem IS NULL))) NOT VALID;
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS handoff_push ON handoff (partner_id, push_due_at, id) WHERE push_due_at IS NOT NULL
-- step:
DROP POLICY IF EXISTS due ON handoff;
CREATE POLICY due ON handoff FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL OR push_due_at IS NOT NULL);
GRANT SELECT (push_due_at) ON handoff TO waxseal_sweeper;
