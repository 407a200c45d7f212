-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- The logos a partner may put on its pages: small pictures that we drew anew from what was uploaded (lib/logo), never the upload
-- itself. Named by their content, so that an address always shows the same picture and may be kept by browsers for good.
CREATE TABLE partner_logo (
  partner_id text NOT NULL REFERENCES partner,
  id text NOT NULL,
  media text NOT NULL CHECK (media IN ('png', 'webp')),
  width integer NOT NULL CHECK (width BETWEEN 1 AND 640),
  height integer NOT NULL CHECK (height BETWEEN 1 AND 160),
  tone text NOT NULL CHECK (tone IN ('dark', 'light', 'filled')), -- what is drawn; filled: it brings its own ground
  bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 65536),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, id),
  CHECK (id = left(encode(sha256(bytes), 'hex'), 16))
);
ALTER TABLE partner_logo ENABLE ROW LEVEL SECURITY;
ALTER TABLE partner_logo FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON partner_logo TO waxseal_app
  USING (partner_id = (SELECT current_partner())) WITH CHECK (partner_id = (SELECT current_partner()));
-- One that stands on the partner's pages is not removed from under them.
CREATE POLICY only_unused ON partner_logo AS RESTRICTIVE FOR DELETE TO waxseal_app
  USING (NOT EXISTS (SELECT FROM partner p WHERE p.partner_id = partner_logo.partner_id
    AND (strpos(coalesce(p.theme ->> 'logoUrl', ''), partner_logo.id) > 0
      OR strpos(coalesce(p.theme ->> 'logoDarkUrl', ''), partner_logo.id) > 0)));
GRANT SELECT, INSERT, DELETE ON partner_logo TO waxseal_app;
