-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Where handoffs go, and on which terms (lib/targets). Every partner has the two built-in ones; they are made at first need, so
-- that partners of before, and those an older server makes meanwhile, have them too.
CREATE TABLE target (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind text NOT NULL CHECK (kind IN ('assistant', 'redeem', 'push', 'file')),
  built_in text CHECK (built_in IN ('assistant', 'redeem')),
  recipient_key_required boolean NOT NULL,
  any_api_key boolean NOT NULL,
  api_key_ids text[] NOT NULL DEFAULT '{}',
  member_roles text[] NOT NULL CHECK (member_roles <@ ARRAY['admin', 'staff', 'auditor']),
  step_up boolean NOT NULL DEFAULT false,
  earliest_seconds integer NOT NULL CHECK (earliest_seconds >= 570), -- after the token's issue
  latest_seconds integer NOT NULL CHECK (latest_seconds >= 3600), -- before its lapse
  created_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (partner_id, id),
  CHECK (kind <> 'assistant' OR NOT recipient_key_required), -- a screen shows values, nobody decrypts them there
  CHECK (built_in IS NULL OR (built_in = kind AND archived_at IS NULL))
);
CREATE UNIQUE INDEX target_built_in ON target (partner_id, built_in) WHERE built_in IS NOT NULL;
CREATE UNIQUE INDEX target_name ON target (partner_id, name) WHERE archived_at IS NULL;

-- The public keys that bundles for a target are encrypted to; nothing here is secret.
CREATE TABLE recipient_key (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  target_id text NOT NULL,
  label text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
  public_jwk jsonb NOT NULL CHECK (public_jwk - ARRAY['kty', 'n', 'e', 'crv', 'x', 'y'] = '{}'), -- no private member, ever
  thumbprint text NOT NULL CHECK (thumbprint ~ '^[A-Za-z0-9_-]{43}$'), -- RFC 7638, SHA-256
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (partner_id, id),
  UNIQUE (partner_id, target_id, id),
  FOREIGN KEY (partner_id, target_id) REFERENCES target
);
CREATE UNIQUE INDEX recipient_key_live ON recipient_key (partner_id, target_id, thumbprint) WHERE retired_at IS NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['target', 'recipient_key'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO waxseal_app USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()))', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO waxseal_app', t);
  END LOOP;
END $$;
-- What a handoff was promised does not change behind its back: a target and a key are ended, never edited.
GRANT UPDATE (archived_at) ON target TO waxseal_app;
GRANT UPDATE (retired_at) ON recipient_key TO waxseal_app;

-- Fixed by the claim (H1). Null for handoffs of before, and the key for those whose answer is plain. A key of another target is
-- no key of this one.
ALTER TABLE handoff ADD COLUMN target_id text, ADD COLUMN recipient_key_id text, ADD COLUMN recipient_thumbprint text,
  ADD CONSTRAINT handoff_recipient_whole
    CHECK ((recipient_key_id IS NULL) = (recipient_thumbprint IS NULL) AND (recipient_key_id IS NULL OR target_id IS NOT NULL)) NOT VALID;
ALTER TABLE handoff ADD CONSTRAINT handoff_target FOREIGN KEY (partner_id, target_id) REFERENCES target NOT VALID;
ALTER TABLE handoff ADD CONSTRAINT handoff_recipient
  FOREIGN KEY (partner_id, target_id, recipient_key_id) REFERENCES recipient_key (partner_id, target_id, id) NOT VALID;
