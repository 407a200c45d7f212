-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Null: nobody named a language, so the browser's decides. A trip notes the language its page was read in, so that it comes back in it.
ALTER TABLE customer ALTER COLUMN locale DROP NOT NULL,
  ADD CONSTRAINT customer_locale CHECK (locale IN ('en', 'nl', 'de', 'fr', 'es')) NOT VALID;
ALTER TABLE invitation ALTER COLUMN locale DROP NOT NULL,
  ADD CONSTRAINT invitation_locale CHECK (locale IN ('en', 'nl', 'de', 'fr', 'es')) NOT VALID;
ALTER TABLE authorization_request ADD COLUMN locale text CHECK (locale IN ('en', 'nl', 'de', 'fr', 'es'));
