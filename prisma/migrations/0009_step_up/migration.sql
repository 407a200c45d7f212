-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- When the person last proved who they are, on real time. Null for sessions of before, which therefore count as not fresh; no default,
-- or they would all be fresh from the moment of this migration.
ALTER TABLE identity_session ADD COLUMN fresh_at timestamptz;
