-- Roles (design §6). The login role of DATABASE_URL becomes a member of waxseal_app; the other two are reached only by
-- an explicit SET ROLE, never by inheritance, so a forgotten one cannot widen a query.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['waxseal_app', 'waxseal_sweeper', 'waxseal_directory', 'waxseal_jobs'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', r);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
-- Roles belong to the whole cluster: a second database of the same cluster finds them made and granted.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['waxseal_sweeper', 'waxseal_directory', 'waxseal_jobs'] LOOP
    IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r::regrole AND m.member = 'waxseal_app'::regrole) THEN
      EXECUTE format('GRANT %I TO waxseal_app WITH INHERIT FALSE, SET TRUE', r);
    END IF;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO waxseal_app, waxseal_sweeper, waxseal_directory;

-- The tenant of the running transaction; unset, empty or foreign means no rows.
CREATE FUNCTION current_partner() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.partner_id', true), '') $$;

-- What an instance must remember of itself; for its owner only. `root_key_check` tells a wrong root key from the right one.
CREATE TABLE instance_fact (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE partner (
  partner_id text PRIMARY KEY CHECK (partner_id ~ '^ptn_[0-9a-z]{24}$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  sandbox_of text REFERENCES partner (partner_id),
  clock_offset_ms bigint NOT NULL DEFAULT 0 CHECK (clock_offset_ms >= 0),
  theme jsonb NOT NULL,
  host text,
  created_at timestamptz NOT NULL,
  CHECK (sandbox_of IS NOT NULL OR clock_offset_ms = 0), -- live partners run on the database clock (design §5)
  CHECK (sandbox_of <> partner_id)
);

CREATE TABLE partner_key (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('client_secret', 'token', 'envelope', 'link', 'idempotency', 'blind_index', 'receipt_signing')),
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (partner_id, id)
);
CREATE UNIQUE INDEX partner_key_primary ON partner_key (partner_id, purpose) WHERE retired_at IS NULL;

CREATE TABLE api_key (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  secret_hash bytea NOT NULL,
  label text NOT NULL,
  last4 text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, secret_hash)
);

CREATE TABLE member (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  email text NOT NULL CHECK (email = lower(email)),
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'staff', 'auditor')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, email)
);

CREATE TABLE customer (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  email text,
  external_id text,
  locale text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, id)
);
CREATE UNIQUE INDEX customer_external_id ON customer (partner_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE client_registration (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  provider text NOT NULL CHECK (provider = 'exact-online'),
  site text NOT NULL CHECK (site IN ('nl', 'be', 'de', 'fr', 'es', 'uk', 'us')),
  name text NOT NULL,
  client_id text NOT NULL,
  client_secret bytea NOT NULL,
  secret_set_at timestamptz NOT NULL,
  redirect_uri text NOT NULL,
  preflight boolean NOT NULL DEFAULT true,
  pkce boolean NOT NULL DEFAULT true,
  unused_days integer NOT NULL DEFAULT 30 CHECK (unused_days BETWEEN 1 AND 30),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, id)
);

CREATE TABLE connection (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  customer_id text NOT NULL,
  client_registration_id text NOT NULL,
  access_token_hash bytea,
  access_token_sealed bytea,
  attention text CHECK (attention IN ('needs_consent', 'blocked')),
  withdrawn_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, customer_id, client_registration_id),
  FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
  FOREIGN KEY (partner_id, client_registration_id) REFERENCES client_registration
);
CREATE INDEX connection_newest ON connection (partner_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX connection_access_token ON connection (partner_id, access_token_hash) WHERE access_token_hash IS NOT NULL;

CREATE TABLE invitation (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  connection_id text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('embed', 'redirect', 'mail')),
  token_hash bytea NOT NULL,
  token_sealed bytea NOT NULL,
  locale text NOT NULL,
  expected jsonb,
  invited_by text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  opened_at timestamptz,
  finished_at timestamptz, -- used: a grant was sealed through it
  withdrawn_at timestamptz,
  due_at timestamptz,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, token_hash),
  FOREIGN KEY (partner_id, connection_id) REFERENCES connection
);
CREATE INDEX invitation_of_connection ON invitation (partner_id, connection_id, created_at DESC);
CREATE INDEX invitation_due ON invitation (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE authorization_request (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  invitation_id text NOT NULL,
  connection_id text NOT NULL,
  registration_id text NOT NULL,
  state_hash bytea NOT NULL,
  browser_hash bytea NOT NULL,
  redirect_uri text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  answered_at timestamptz, -- the one callback that may act; also the intent row of the exchange
  settled_at timestamptz,
  outcome text,
  outcome_detail jsonb,
  grant_id text,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, state_hash),
  FOREIGN KEY (partner_id, invitation_id) REFERENCES invitation,
  FOREIGN KEY (partner_id, connection_id) REFERENCES connection,
  FOREIGN KEY (partner_id, registration_id) REFERENCES client_registration,
  CHECK ((settled_at IS NULL) = (outcome IS NULL)),
  CHECK (settled_at IS NULL OR answered_at IS NOT NULL)
);
CREATE INDEX authorization_request_of_invitation ON authorization_request (partner_id, invitation_id, created_at DESC);

CREATE TABLE token_grant (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  connection_id text NOT NULL,
  authorization_request_id text NOT NULL,
  custody text NOT NULL CHECK (custody IN ('sealed', 'parked', 'claimed', 'renewing', 'handed_over', 'lapsed', 'superseded', 'dead', 'shredded')),
  generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
  site text NOT NULL,
  client_id text NOT NULL,
  redirect_uri text NOT NULL,
  refresh_token bytea,
  access_token bytea,
  token_fingerprint text NOT NULL,
  issued_at timestamptz NOT NULL,
  access_expires_at timestamptz NOT NULL,
  sealed_at timestamptz NOT NULL,
  lapses_at timestamptz NOT NULL,
  due_at timestamptz,
  identity text NOT NULL CHECK (identity IN ('pending', 'known', 'unknown')),
  exact_user_index bytea,
  exact_user jsonb,
  divisions jsonb,
  parked_reason text,
  maybe_superseded_at timestamptz,
  superseded_warning_at timestamptz,
  ended_at timestamptz,
  spends integer NOT NULL DEFAULT 0, -- times this house presented the refresh token to the provider
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, authorization_request_id), -- one consent, one grant
  FOREIGN KEY (partner_id, connection_id) REFERENCES connection,
  FOREIGN KEY (partner_id, authorization_request_id) REFERENCES authorization_request,
  -- A token is here exactly as long as custody says so.
  CHECK ((refresh_token IS NOT NULL) = (custody IN ('sealed', 'parked', 'claimed', 'renewing'))),
  CHECK (access_token IS NULL OR refresh_token IS NOT NULL),
  CHECK ((ended_at IS NOT NULL) = (custody IN ('lapsed', 'superseded', 'dead', 'shredded'))),
  CHECK ((parked_reason IS NOT NULL) = (custody = 'parked')),
  CHECK (identity <> 'known' OR exact_user_index IS NOT NULL),
  CHECK (lapses_at > issued_at)
);
CREATE INDEX token_grant_of_connection ON token_grant (partner_id, connection_id, sealed_at DESC, id DESC);
CREATE INDEX token_grant_of_exact_user ON token_grant (partner_id, exact_user_index) WHERE exact_user_index IS NOT NULL;
CREATE INDEX token_grant_due ON token_grant (due_at) WHERE due_at IS NOT NULL;

-- Design §2's table of moves, held once more where no code path can forget it.
CREATE FUNCTION guard_custody_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.custody <> OLD.custody AND NOT ((OLD.custody || '>' || NEW.custody) = ANY (ARRAY[
    'parked>sealed', 'parked>lapsed', 'parked>superseded', 'parked>shredded',
    'sealed>claimed', 'sealed>renewing', 'sealed>parked', 'sealed>lapsed', 'sealed>superseded', 'sealed>dead',
    'renewing>sealed', 'renewing>dead', 'renewing>superseded',
    'claimed>sealed', 'claimed>handed_over', 'claimed>superseded',
    'handed_over>shredded'])) THEN
    RAISE EXCEPTION 'custody may not move from % to %', OLD.custody, NEW.custody USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.partner_id <> OLD.partner_id OR NEW.id <> OLD.id OR NEW.connection_id <> OLD.connection_id
    OR NEW.token_fingerprint <> OLD.token_fingerprint AND NEW.generation = OLD.generation THEN
    RAISE EXCEPTION 'a grant keeps its identity' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER custody_move BEFORE UPDATE ON token_grant FOR EACH ROW EXECUTE FUNCTION guard_custody_move();

CREATE TABLE handoff (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  connection_id text NOT NULL,
  grant_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('claimed', 'delivered', 'confirmed', 'rejected', 'unconfirmed', 'cancelled')),
  target text NOT NULL,
  claimed_by_kind text NOT NULL,
  claimed_by_id text NOT NULL,
  claimed_at timestamptz NOT NULL,
  redeem_before timestamptz NOT NULL,
  redeemer_hash bytea,
  envelope bytea,
  delivered_at timestamptz,
  confirm_before timestamptz,
  settled_at timestamptz,
  outcome_code text,
  token_fingerprint text NOT NULL,
  receipt text,
  due_at timestamptz,
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, connection_id) REFERENCES connection,
  FOREIGN KEY (partner_id, grant_id) REFERENCES token_grant,
  CHECK ((envelope IS NOT NULL) = (status = 'delivered')), -- the bytes outlive the answer only until its outcome is known
  CHECK ((delivered_at IS NOT NULL) = (status IN ('delivered', 'confirmed', 'rejected', 'unconfirmed'))),
  CHECK ((settled_at IS NOT NULL) = (status IN ('confirmed', 'rejected', 'unconfirmed', 'cancelled'))),
  CHECK ((due_at IS NOT NULL) = (status IN ('claimed', 'delivered')))
);
-- A grant leaves the house at most once; only a handoff that was cancelled makes room for another.
CREATE UNIQUE INDEX handoff_once ON handoff (partner_id, grant_id) WHERE status <> 'cancelled';
CREATE INDEX handoff_of_connection ON handoff (partner_id, connection_id, claimed_at DESC);
CREATE INDEX handoff_due ON handoff (due_at) WHERE due_at IS NOT NULL;

-- One row per time a sealed token was opened, written in the transaction that opens it (design §8.13).
CREATE TABLE opening (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  grant_id text NOT NULL,
  handoff_id text NOT NULL,
  field text NOT NULL CHECK (field IN ('refresh_token', 'access_token')),
  at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, grant_id) REFERENCES token_grant,
  FOREIGN KEY (partner_id, handoff_id) REFERENCES handoff
);
CREATE INDEX opening_of_grant ON opening (partner_id, grant_id);

CREATE TABLE audit_event (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  action text NOT NULL,
  connection_id text,
  detail jsonb NOT NULL,
  request_id text NOT NULL,
  PRIMARY KEY (partner_id, id)
);
CREATE INDEX audit_event_of_connection ON audit_event (partner_id, connection_id, at);

-- Readers follow (tx, seq) and stop below the oldest running transaction (lib/connections), so no event can slip in
-- behind their cursor.
CREATE TABLE outbox_event (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  type text NOT NULL,
  at timestamptz NOT NULL,
  connection_id text,
  data jsonb NOT NULL,
  PRIMARY KEY (partner_id, id)
);
CREATE INDEX outbox_event_feed ON outbox_event (partner_id, tx, seq);
CREATE INDEX outbox_event_of_connection ON outbox_event (partner_id, connection_id, at);

CREATE TABLE idempotency_record (
  partner_id text NOT NULL REFERENCES partner,
  api_key_id text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL,
  status integer,
  body bytea, -- sealed: an answer may hold a link
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, api_key_id, key),
  FOREIGN KEY (partner_id, api_key_id) REFERENCES api_key
);

-- Row-level security, forced, on every tenant table; the app may neither delete what history needs nor change its past.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['partner', 'partner_key', 'api_key', 'member', 'customer', 'client_registration', 'connection',
    'invitation', 'authorization_request', 'token_grant', 'handoff', 'opening', 'audit_event', 'outbox_event', 'idempotency_record'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO waxseal_app USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()))', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO waxseal_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['partner', 'partner_key', 'api_key', 'member', 'customer', 'client_registration', 'connection',
    'invitation', 'authorization_request', 'token_grant', 'handoff', 'idempotency_record'] LOOP
    EXECUTE format('GRANT UPDATE ON %I TO waxseal_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['invitation', 'token_grant', 'handoff'] LOOP
    EXECUTE format('CREATE POLICY due ON %I FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL)', t);
    EXECUTE format('GRANT SELECT (partner_id, id, due_at) ON %I TO waxseal_sweeper', t);
  END LOOP;
END $$;
GRANT DELETE ON idempotency_record TO waxseal_app;
CREATE POLICY clocks ON partner FOR SELECT TO waxseal_sweeper USING (true);
GRANT SELECT (partner_id, clock_offset_ms) ON partner TO waxseal_sweeper;

-- Global tables (design §6): who may sign in, and where. No customer data, nothing secret beyond hashes.
CREATE TABLE identity_user (
  id text PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name text,
  image text,
  email_verified timestamptz
);
CREATE TABLE identity_account (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES identity_user ON DELETE CASCADE,
  type text NOT NULL,
  provider text NOT NULL,
  provider_account_id text NOT NULL,
  UNIQUE (provider, provider_account_id)
);
CREATE TABLE identity_session (
  id text PRIMARY KEY,
  session_token text NOT NULL UNIQUE,
  user_id text NOT NULL REFERENCES identity_user ON DELETE CASCADE,
  expires timestamptz NOT NULL
);
CREATE TABLE identity_verification_token (
  identifier text NOT NULL,
  token text NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (identifier, token)
);
CREATE TABLE membership (
  email text NOT NULL CHECK (email = lower(email)),
  partner_id text NOT NULL REFERENCES partner,
  member_id text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (email, partner_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_user, identity_account, identity_session, identity_verification_token, membership TO waxseal_directory;
