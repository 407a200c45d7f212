-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- When the person last proved who they are, on real time. Null for sessions of before, which therefore count as not fresh; no default,
-- or they would all be fresh from the moment of this migration.
ALTER TABLE identity_session ADD COLUMN fresh_at timestamptz;

-- Somebody else's claim is given back by two members: who asked, when, and why. Evidence afterwards.
ALTER TABLE handoff ADD COLUMN reopen_asked_by text, ADD COLUMN reopen_asked_at timestamptz, ADD COLUMN reopen_reason text,
  ADD CONSTRAINT handoff_reopen_whole
    CHECK ((reopen_asked_by IS NULL) = (reopen_asked_at IS NULL) AND (reopen_asked_by IS NULL) = (reopen_reason IS NULL)) NOT VALID;
