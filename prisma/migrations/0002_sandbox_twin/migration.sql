-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- One sandbox twin per partner (design §5), which its live partner may find; everything else of it stays closed.
CREATE UNIQUE INDEX partner_twin ON partner (sandbox_of) WHERE sandbox_of IS NOT NULL;
CREATE POLICY twin ON partner FOR SELECT TO waxseal_app USING (sandbox_of = (SELECT current_partner()));

-- When the partner's members are next told what is about to lapse; found like all due work. (`due_at` of a held grant
-- is from here on its next reminder, then its lapse. One sealed before keeps the lapse alone.)
ALTER TABLE partner ADD COLUMN due_at timestamptz;
GRANT SELECT (due_at) ON partner TO waxseal_sweeper;

-- A partner's own due work, in its order.
CREATE INDEX token_grant_next ON token_grant (partner_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX handoff_next ON handoff (partner_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX invitation_next ON invitation (partner_id, due_at, id) WHERE due_at IS NOT NULL;

-- What the simulated Exact Online remembers: its own world, apart from every tenant's, behind a role of its own.
DO $$
BEGIN
  BEGIN
    CREATE ROLE waxseal_simulator NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  IF NOT EXISTS (SELECT FROM pg_auth_members m
    WHERE m.roleid = 'waxseal_simulator'::regrole AND m.member = 'waxseal_app'::regrole) THEN
    GRANT waxseal_simulator TO waxseal_app WITH INHERIT FALSE, SET TRUE;
  END IF;
END $$;
CREATE SCHEMA simulator;
CREATE TABLE simulator.record (
  position bigint GENERATED ALWAYS AS IDENTITY, -- the order in which keys were first written
  collection text NOT NULL,
  key text NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (collection, key)
);
GRANT USAGE ON SCHEMA simulator TO waxseal_simulator;
GRANT SELECT, INSERT, UPDATE, DELETE ON simulator.record TO waxseal_simulator;
