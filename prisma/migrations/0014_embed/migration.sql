-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Where a partner's buttons stand: web origins as browsers write them (RFC 6454 §6.2), http on this machine only in a sandbox. What
-- the customer's page tells its opener goes to the invitation's origin, and only while that is registered here.
CREATE TABLE embed_origin (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  origin text NOT NULL CHECK (origin ~ '^https?://[][a-z0-9.:-]+$' AND length(origin) <= 300),
  created_at timestamptz NOT NULL,
  removed_at timestamptz,
  PRIMARY KEY (partner_id, id)
);
CREATE UNIQUE INDEX embed_origin_live ON embed_origin (partner_id, origin) WHERE removed_at IS NULL;
ALTER TABLE embed_origin ENABLE ROW LEVEL SECURITY;
ALTER TABLE embed_origin FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON embed_origin TO waxseal_app
  USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()));
GRANT SELECT, INSERT ON embed_origin TO waxseal_app;
GRANT UPDATE (removed_at) ON embed_origin TO waxseal_app;

-- Fixed when the invitation is made. Null for all others, and for those of before: their pages tell nobody.
ALTER TABLE invitation ADD COLUMN embed_origin text,
  ADD CONSTRAINT invitation_embed_origin CHECK (embed_origin IS NULL OR channel = 'embed') NOT VALID;
