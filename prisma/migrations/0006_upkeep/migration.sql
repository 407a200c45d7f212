-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- By these is found what has outlived its term (below). First of all: while they are built, writers of these tables wait and readers
-- do not, and nothing that would stop readers, too, has been locked yet. All but the last leave out most of what there is.
CREATE INDEX kept_answer_done ON kept_answer (partner_id, kept_at) WHERE role = 'done';
CREATE INDEX authorization_request_fruitless ON authorization_request (partner_id, expires_at) WHERE grant_id IS NULL;
CREATE INDEX renewal_settled ON renewal (partner_id, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX opening_of_renewal ON opening (partner_id, renewal_id) WHERE renewal_id IS NOT NULL;
CREATE INDEX opening_of_renewal_age ON opening (partner_id, at) WHERE renewal_id IS NOT NULL;
CREATE INDEX idempotency_record_age ON idempotency_record (partner_id, created_at);

-- A sandbox's clock is pushed by one at a time, who moves it along with what happens on the way. On real time, as leases are.
ALTER TABLE partner ADD COLUMN pushed_by text, ADD COLUMN pushed_until timestamptz,
  ADD CONSTRAINT pushed_for_a_while CHECK ((pushed_by IS NULL) = (pushed_until IS NULL)) NOT VALID;

-- What has outlived its term is removed (lib/sweep/retention.ts), per tenant and by the app's own role. What that role may remove is
-- limited here once more: nothing that is still open, and of what tells the past only what is old on the partner's clock.
GRANT DELETE ON kept_answer, authorization_request, opening, renewal, outbox_event TO waxseal_app;
CREATE POLICY only_done ON kept_answer AS RESTRICTIVE FOR DELETE TO waxseal_app USING (role = 'done');
CREATE POLICY only_fruitless ON authorization_request AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (grant_id IS NULL AND due_at IS NULL);
CREATE POLICY only_settled ON renewal AS RESTRICTIVE FOR DELETE TO waxseal_app USING (settled_at IS NOT NULL);
CREATE POLICY only_old ON opening AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (renewal_id IS NOT NULL AND at < (SELECT now() + p.clock_offset_ms * interval '1 millisecond' - interval '396 days'
    FROM partner p WHERE p.partner_id = current_partner()));
CREATE POLICY only_old ON outbox_event AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (at < (SELECT now() + p.clock_offset_ms * interval '1 millisecond' - interval '30 days'
    FROM partner p WHERE p.partner_id = current_partner()));

-- A function of ours finds what its author meant, whatever the caller's search path says.
ALTER FUNCTION current_partner() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION guard_custody_move() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION guard_audit_head() SET search_path = pg_catalog, public, pg_temp;

-- A colleague who came over from the live partner: who they are there, so that what they may do here can follow. Null for a sandbox's
-- own members, and for visitors of before until they come again; those are known by their address.
ALTER TABLE member ADD COLUMN live_member_id text;
