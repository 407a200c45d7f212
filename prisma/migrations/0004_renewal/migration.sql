-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Renewal (design §2): opt-in per client registration. `renew_at` is when a sealed token is next spent for its successor.
ALTER TABLE client_registration ADD COLUMN renew boolean NOT NULL DEFAULT false;
ALTER TABLE token_grant ADD COLUMN renew_at timestamptz;
-- A renewal moves `issued_at`; which consent is the newer one must not move with it. Null while never renewed.
ALTER TABLE token_grant ADD COLUMN consented_at timestamptz;
ALTER TABLE token_grant ADD COLUMN fruitless_tries integer NOT NULL DEFAULT 0 CHECK (fruitless_tries >= 0);
ALTER TABLE token_grant ADD CONSTRAINT renew_only_what_is_held CHECK (renew_at IS NULL OR refresh_token IS NOT NULL) NOT VALID;
CREATE INDEX token_grant_renew ON token_grant (partner_id, renew_at, id) WHERE renew_at IS NOT NULL;
GRANT SELECT (renew_at) ON token_grant TO waxseal_sweeper;
DROP POLICY due ON token_grant;
CREATE POLICY due ON token_grant FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL OR renew_at IS NOT NULL);

-- The intent, committed before the first byte of a presentation leaves. `epoch` fences: a write names the epoch it was
-- begun under, in the same statement. The lease runs on real time, everything else on the partner's clock.
CREATE TABLE renewal (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  grant_id text NOT NULL,
  generation integer NOT NULL CHECK (generation >= 0), -- of the token it presents
  epoch integer NOT NULL CHECK (epoch >= 1),
  lease_until timestamptz, -- somebody is at it until then
  started_at timestamptz NOT NULL,
  sent_at timestamptz NOT NULL, -- the latest presentation
  presentations integer NOT NULL CHECK (presentations >= 1),
  unknown_since timestamptz, -- the first presentation whose outcome nobody knows
  due_at timestamptz, -- the next replay
  overdue_told_at timestamptz,
  settled_at timestamptz,
  outcome text CHECK (outcome IN ('renewed', 'promoted', 'unchanged', 'ended', 'overtaken')),
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, grant_id) REFERENCES token_grant,
  CHECK ((settled_at IS NULL) = (outcome IS NULL)),
  CHECK (settled_at IS NULL OR (lease_until IS NULL AND due_at IS NULL)),
  CHECK (settled_at IS NOT NULL OR lease_until IS NOT NULL OR due_at IS NOT NULL) -- an open one is always found again
);
CREATE UNIQUE INDEX renewal_one_open ON renewal (partner_id, grant_id) WHERE settled_at IS NULL;
CREATE INDEX renewal_due ON renewal (partner_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX renewal_lease ON renewal (lease_until) WHERE lease_until IS NOT NULL;

-- An exchange whose process is gone is told, too: found like all due work once its time to settle is over (C-2 row 16).
ALTER TABLE authorization_request ADD COLUMN due_at timestamptz;
CREATE INDEX authorization_request_next ON authorization_request (partner_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE POLICY due ON authorization_request FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL);
GRANT SELECT (partner_id, id, due_at) ON authorization_request TO waxseal_sweeper;

-- What a token call brought, sealed and durable before anyone reads it (C-2 rows 3, 4, 10), and what is kept of it:
-- successors that nobody relies on yet, and predecessors until their successor has proved itself.
CREATE TABLE kept_answer (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  authorization_request_id text,
  renewal_id text,
  epoch integer,
  kept_at timestamptz NOT NULL,
  role text NOT NULL CHECK (role IN ('unread', 'unreadable', 'candidate', 'predecessor', 'done')),
  status integer,
  complete boolean,
  body bytea,
  refresh_token bytea,
  access_token bytea,
  access_lifetime_seconds integer,
  token_fingerprint text,
  due_at timestamptz,
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, authorization_request_id) REFERENCES authorization_request,
  FOREIGN KEY (partner_id, renewal_id) REFERENCES renewal,
  CHECK ((authorization_request_id IS NULL) <> (renewal_id IS NULL)),
  CHECK ((body IS NOT NULL) = (role IN ('unread', 'unreadable'))),
  CHECK ((refresh_token IS NOT NULL) = (role IN ('candidate', 'predecessor'))),
  CHECK ((due_at IS NOT NULL) = (role <> 'done')) -- whatever holds a secret is found again to be shredded
);
CREATE INDEX kept_answer_of_renewal ON kept_answer (partner_id, renewal_id) WHERE renewal_id IS NOT NULL;
CREATE INDEX kept_answer_of_request ON kept_answer (partner_id, authorization_request_id) WHERE authorization_request_id IS NOT NULL;
CREATE INDEX kept_answer_next ON kept_answer (partner_id, due_at, id) WHERE due_at IS NOT NULL;

-- A token is opened for a handoff or for its renewal, and the row says which (design §8.13).
ALTER TABLE opening ALTER COLUMN handoff_id DROP NOT NULL;
ALTER TABLE opening ADD COLUMN renewal_id text;
ALTER TABLE opening ADD CONSTRAINT opening_renewal FOREIGN KEY (partner_id, renewal_id) REFERENCES renewal NOT VALID;
ALTER TABLE opening ADD CONSTRAINT opening_for_one_thing CHECK ((handoff_id IS NULL) <> (renewal_id IS NULL)) NOT VALID;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['renewal', 'kept_answer'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO waxseal_app USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO waxseal_app', t);
  END LOOP;
END $$;
CREATE POLICY due ON renewal FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL OR lease_until IS NOT NULL);
GRANT SELECT (partner_id, id, due_at, lease_until) ON renewal TO waxseal_sweeper;
CREATE POLICY due ON kept_answer FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL);
GRANT SELECT (partner_id, id, due_at) ON kept_answer TO waxseal_sweeper;
