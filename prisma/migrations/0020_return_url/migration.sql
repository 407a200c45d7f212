-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Where the customer may go on at the partner's when all is done; null: nowhere. Invitations of before lead nowhere.
ALTER TABLE invitation ADD COLUMN return_url text,
  ADD CONSTRAINT invitation_return_url CHECK (return_url ~ '^https?://' AND length(return_url) <= 500) NOT VALID;
