-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Many claims asked for at once (lib/handoff/bulk.ts): for one target and perhaps one key, by one credential, which alone may redeem them.
CREATE TABLE bulk_claim (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  target_id text NOT NULL,
  recipient_key_id text,
  asked_by_kind text NOT NULL CHECK (asked_by_kind IN ('api_key', 'member')),
  asked_by_id text NOT NULL,
  total integer NOT NULL CHECK (total BETWEEN 1 AND 1000),
  created_at timestamptz NOT NULL,
  due_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (partner_id, id),
  FOREIGN KEY (partner_id, target_id) REFERENCES target,
  FOREIGN KEY (partner_id, target_id, recipient_key_id) REFERENCES recipient_key (partner_id, target_id, id),
  CHECK ((due_at IS NULL) = (finished_at IS NOT NULL)) -- until it is finished, something is to be done
);
CREATE INDEX bulk_claim_due ON bulk_claim (partner_id, due_at, id) WHERE due_at IS NOT NULL;

-- One place of the list. What stands in it may be no connection of this partner, or none at all, so nothing refers.
CREATE TABLE bulk_claim_item (
  partner_id text NOT NULL REFERENCES partner,
  bulk_claim_id text NOT NULL,
  position integer NOT NULL,
  connection_id text NOT NULL CHECK (length(connection_id) <= 100),
  handoff_id text,
  code text,
  detail text,
  settled_at timestamptz,
  PRIMARY KEY (partner_id, bulk_claim_id, position),
  FOREIGN KEY (partner_id, bulk_claim_id) REFERENCES bulk_claim,
  FOREIGN KEY (partner_id, handoff_id) REFERENCES handoff,
  CHECK ((settled_at IS NULL) = (handoff_id IS NULL AND code IS NULL)), -- a result, or none yet
  CHECK (handoff_id IS NULL OR code IS NULL), -- and one result
  CHECK ((code IS NULL) = (detail IS NULL))
);
CREATE UNIQUE INDEX bulk_claim_item_handoff ON bulk_claim_item (partner_id, handoff_id) WHERE handoff_id IS NOT NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bulk_claim', 'bulk_claim_item'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO waxseal_app USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()))', t);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO waxseal_app', t);
  END LOOP;
END $$;
-- What was asked for does not change behind anyone's back, and a result is written once (lib/handoff/bulk.ts guards the write).
GRANT UPDATE (due_at, finished_at) ON bulk_claim TO waxseal_app;
GRANT UPDATE (handoff_id, code, detail, settled_at) ON bulk_claim_item TO waxseal_app;
CREATE POLICY only_finished ON bulk_claim AS RESTRICTIVE FOR DELETE TO waxseal_app USING (finished_at IS NOT NULL);
CREATE POLICY only_settled ON bulk_claim_item AS RESTRICTIVE FOR DELETE TO waxseal_app USING (settled_at IS NOT NULL);
CREATE POLICY due ON bulk_claim FOR SELECT TO waxseal_sweeper USING (due_at IS NOT NULL);
GRANT SELECT (partner_id, id, due_at) ON bulk_claim TO waxseal_sweeper;
