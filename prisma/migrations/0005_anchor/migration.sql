-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- What this database is called in the journals outside of it (lib/anchor). A backup keeps the names it was taken with, and
-- so is known again; after a restore has been judged a new name begins, and what the journals say under older ones and
-- this database does not know is settled.
CREATE TABLE anchor_era (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE DEFAULT 'era_' || replace(gen_random_uuid()::text, '-', ''),
  begun_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO anchor_era DEFAULT VALUES;
GRANT SELECT, INSERT ON anchor_era TO waxseal_sweeper;

-- All heads are compared with the journals at every start: their place and hash, nothing of what they stand for.
GRANT SELECT (seq, hash) ON audit_head TO waxseal_sweeper;
