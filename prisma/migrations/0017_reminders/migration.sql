-- In steps (lib/db/migrate.ts), each by itself and safe to be done twice: one that was cut off begins again at the first. No step
-- keeps writers or readers waiting for longer than it waits for its lock itself.

-- step: Whether whoever did not finish is reminded, when next, and how often it was done. Invitations of before are not. What the
-- customer asked for themselves names the invitation whose link it replaces.
ALTER TABLE invitation ADD COLUMN IF NOT EXISTS remind boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS remind_at timestamptz,
  ADD COLUMN IF NOT EXISTS reminded_at timestamptz,
  ADD COLUMN IF NOT EXISTS reminders integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS reminders_stopped_at timestamptz,
  ADD COLUMN IF NOT EXISTS replaces text,
  DROP CONSTRAINT IF EXISTS invitation_reminders,
  ADD CONSTRAINT invitation_reminders CHECK (reminders BETWEEN 0 AND 2 AND (reminders = 0) = (reminded_at IS NULL)) NOT VALID,
  DROP CONSTRAINT IF EXISTS invitation_remind,
  ADD CONSTRAINT invitation_remind CHECK (remind_at IS NULL OR (remind AND channel = 'mail' AND reminders_stopped_at IS NULL)) NOT VALID,
  DROP CONSTRAINT IF EXISTS invitation_replaces,
  ADD CONSTRAINT invitation_replaces FOREIGN KEY (partner_id, replaces) REFERENCES invitation (partner_id, id) NOT VALID;
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS invitation_remind ON invitation (partner_id, remind_at, id) WHERE remind_at IS NOT NULL
-- step:
DROP POLICY IF EXISTS due ON invitation;
CREATE POLICY due ON invitation FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL OR remind_at IS NOT NULL);
GRANT SELECT (remind_at) ON invitation TO waxseal_sweeper;

-- step: One row for each mail that asks a customer for something: taken before it leaves, so that it is counted, and what became of it.
-- The address is known by a keyed index only.
CREATE TABLE IF NOT EXISTS customer_mail (
  partner_id text NOT NULL REFERENCES partner,
  invitation_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('invitation', 'reminder')),
  number integer NOT NULL CHECK (number BETWEEN 1 AND 2),
  address_index bytea NOT NULL,
  asked_at timestamptz NOT NULL,
  held boolean NOT NULL,
  sent_at timestamptz,
  failed_at timestamptz, -- the last time the mail server did not take it
  PRIMARY KEY (partner_id, invitation_id, kind, number),
  FOREIGN KEY (partner_id, invitation_id) REFERENCES invitation,
  CHECK (NOT held OR (sent_at IS NULL AND failed_at IS NULL))
);
CREATE INDEX IF NOT EXISTS customer_mail_of_address ON customer_mail (partner_id, address_index, asked_at) WHERE NOT held;
ALTER TABLE customer_mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_mail FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant ON customer_mail;
CREATE POLICY tenant ON customer_mail TO waxseal_app
  USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()));
GRANT SELECT, INSERT ON customer_mail TO waxseal_app;
GRANT UPDATE (sent_at, failed_at) ON customer_mail TO waxseal_app; -- what was counted stays counted
