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

-- The chain of a partner's audit trail (lib/audit). What was there before stays as it is and is counted in the first head.
ALTER TABLE audit_event ADD COLUMN seq bigint, ADD COLUMN hash bytea,
  ADD CONSTRAINT audit_event_chained CHECK (seq IS NOT NULL AND seq > 0 AND hash IS NOT NULL AND length(hash) = 32) NOT VALID;
CREATE UNIQUE INDEX audit_event_seq ON audit_event (partner_id, seq) WHERE seq IS NOT NULL;

CREATE TABLE audit_head (
  partner_id text PRIMARY KEY REFERENCES partner,
  seq bigint NOT NULL CHECK (seq >= 0),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  unchained bigint NOT NULL CHECK (unchained >= 0) -- rows from before the chain
);
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_head TO waxseal_app
  USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()));
GRANT SELECT, INSERT, UPDATE (seq, hash) ON audit_head TO waxseal_app;
-- Whose trail there is to verify, also of partners that were deleted.
CREATE POLICY trails ON audit_head FOR SELECT TO waxseal_sweeper USING (seq > 0);
GRANT SELECT (partner_id) ON audit_head TO waxseal_sweeper;

-- The head starts at nothing, only goes forward, and only to a row that is there.
CREATE FUNCTION guard_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.seq <> 0 THEN
    RAISE EXCEPTION 'an audit chain starts at nothing' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.partner_id <> OLD.partner_id OR NEW.unchained <> OLD.unchained OR NEW.seq <= OLD.seq
    OR NOT EXISTS (SELECT FROM audit_event e WHERE e.partner_id = NEW.partner_id AND e.seq = NEW.seq AND e.hash = NEW.hash)) THEN
    RAISE EXCEPTION 'an audit head only goes forward, to a row that is there' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_head_start AFTER INSERT ON audit_head FOR EACH ROW EXECUTE FUNCTION guard_audit_head();
CREATE TRIGGER audit_head_move BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION guard_audit_head();
