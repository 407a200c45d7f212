-- In steps (lib/db/migrate.ts), each by itself and safe to be done twice: one that was cut off begins again at the first. No step
-- keeps writers or readers waiting for longer than it waits for its lock itself.

-- step: By these is found what has outlived its term (below). Built while readers and writers go on.
CREATE INDEX CONCURRENTLY IF NOT EXISTS kept_answer_done ON kept_answer (partner_id, kept_at) WHERE role = 'done'
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS authorization_request_fruitless ON authorization_request (partner_id, expires_at) WHERE grant_id IS NULL
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS renewal_settled ON renewal (partner_id, settled_at) WHERE settled_at IS NOT NULL
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS opening_of_renewal ON opening (partner_id, renewal_id) WHERE renewal_id IS NOT NULL
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS opening_of_renewal_age ON opening (partner_id, at) WHERE renewal_id IS NOT NULL
-- step:
CREATE INDEX CONCURRENTLY IF NOT EXISTS idempotency_record_age ON idempotency_record (partner_id, created_at)

-- step: What has outlived its term is removed (lib/sweep/retention.ts), per tenant and by the app's own role. What that role may
-- remove is limited here once more: nothing that is still open, and of what tells the past only what is old on the partner's clock.
-- One table at a time, the limit and the right together.
DROP POLICY IF EXISTS only_done ON kept_answer;
CREATE POLICY only_done ON kept_answer AS RESTRICTIVE FOR DELETE TO waxseal_app USING (role = 'done');
GRANT DELETE ON kept_answer TO waxseal_app;
-- step:
DROP POLICY IF EXISTS only_fruitless ON authorization_request;
CREATE POLICY only_fruitless ON authorization_request AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (grant_id IS NULL AND due_at IS NULL);
GRANT DELETE ON authorization_request TO waxseal_app;
-- step:
DROP POLICY IF EXISTS only_settled ON renewal;
CREATE POLICY only_settled ON renewal AS RESTRICTIVE FOR DELETE TO waxseal_app USING (settled_at IS NOT NULL);
GRANT DELETE ON renewal TO waxseal_app;
-- step:
DROP POLICY IF EXISTS only_old ON opening;
CREATE POLICY only_old ON opening AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (renewal_id IS NOT NULL AND at < (SELECT now() + p.clock_offset_ms * interval '1 millisecond' - interval '396 days'
    FROM partner p WHERE p.partner_id = current_partner()));
GRANT DELETE ON opening TO waxseal_app;
-- step:
DROP POLICY IF EXISTS only_old ON outbox_event;
CREATE POLICY only_old ON outbox_event AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (at < (SELECT now() + p.clock_offset_ms * interval '1 millisecond' - interval '30 days'
    FROM partner p WHERE p.partner_id = current_partner()));
GRANT DELETE ON outbox_event TO waxseal_app;

-- step: A sandbox's clock is pushed by one at a time, who moves it along with what happens on the way. On real time, as leases are.
ALTER TABLE partner ADD COLUMN IF NOT EXISTS pushed_by text, ADD COLUMN IF NOT EXISTS pushed_until timestamptz,
  DROP CONSTRAINT IF EXISTS pushed_for_a_while,
  ADD CONSTRAINT pushed_for_a_while CHECK ((pushed_by IS NULL) = (pushed_until IS NULL)) NOT VALID;

-- step: A function of ours finds what its author meant, whatever the caller's search path says.
ALTER FUNCTION current_partner() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION guard_custody_move() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION guard_audit_head() SET search_path = pg_catalog, public, pg_temp;

-- step: A colleague who came over from the live partner: who they are there, so that what they may do here can follow. Null for a
-- sandbox's own members, and for visitors of before until they come again.
ALTER TABLE member ADD COLUMN IF NOT EXISTS live_member_id text;

-- step: Since when journals are kept outside of it (lib/anchor), so that a start can say that they are gone.
ALTER TABLE anchor_era ADD COLUMN IF NOT EXISTS anchored_at timestamptz;
GRANT UPDATE (anchored_at) ON anchor_era TO waxseal_sweeper;
