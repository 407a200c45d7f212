-- On a live table: every change here is to the catalogue only, or to an empty or small table; the one index is partial and
-- finds no row. Whoever cannot have its lock in three seconds gives up, and the start says so (D13).
SET LOCAL lock_timeout = '3s';

-- Keys for years: which root key wraps a partner key (null: from before root keys had names), and the end of a key.
-- A destroyed key keeps its row, so that what it sealed is known to be unreadable rather than damaged.
ALTER TABLE partner_key ADD COLUMN root_key_id text, ADD COLUMN destroyed_at timestamptz, ALTER COLUMN wrapped DROP NOT NULL,
  ADD CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
  ADD CHECK (destroyed_at IS NULL OR retired_at IS NOT NULL);

-- The root keys a start was told of. A key no server knows yet must not wrap what every server needs.
CREATE TABLE root_key (
  id text PRIMARY KEY,
  announced_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT (id) ON root_key TO waxseal_sweeper;
-- A change of the root key goes partner by partner: who still waits for it, and nothing more of any key.
CREATE POLICY wrapped ON partner_key FOR SELECT TO waxseal_sweeper USING (destroyed_at IS NULL);
GRANT SELECT (partner_id, root_key_id) ON partner_key TO waxseal_sweeper;

-- A deleted partner is one that nobody can be, or act for; its audit trail stays.
ALTER TABLE partner ADD COLUMN deleted_at timestamptz;
DROP POLICY clocks ON partner;
CREATE POLICY clocks ON partner FOR SELECT TO waxseal_sweeper USING (deleted_at IS NULL);
