-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- What happens while the customer is still there. They are asked whether the account is the right one; `require`: until they say
-- yes a consent is parked. `refused_at`: since when the provider refuses the app itself, so that nobody is sent there in vain.
ALTER TABLE client_registration
  ADD COLUMN confirmation text NOT NULL DEFAULT 'ask' CHECK (confirmation IN ('skip', 'ask', 'require')),
  ADD COLUMN refused_at timestamptz;

-- The administration that was open at the provider, and whether the consent covers it: without it no database can be registered.
ALTER TABLE token_grant ADD COLUMN confirmed_at timestamptz, ADD COLUMN current_division jsonb;

-- A first access token may be opened for one more look at what a consent covers, asked for by the browser of that trip.
ALTER TABLE opening ADD COLUMN authorization_request_id text,
  ADD CONSTRAINT opening_request FOREIGN KEY (partner_id, authorization_request_id) REFERENCES authorization_request NOT VALID,
  DROP CONSTRAINT opening_for_one_thing,
  ADD CONSTRAINT opening_for_one_thing CHECK (num_nonnulls(handoff_id, renewal_id, authorization_request_id) = 1) NOT VALID,
  ADD CONSTRAINT opening_for_a_look CHECK (authorization_request_id IS NULL OR field = 'access_token') NOT VALID;

-- `choose_site`: the link is open as to the country site. `declined_at`: the customer said no for good, and may still change their mind.
-- `moved_to`: the invitation for the site that they chose.
ALTER TABLE invitation ADD COLUMN choose_site boolean NOT NULL DEFAULT false, ADD COLUMN declined_at timestamptz,
  ADD COLUMN moved_to text,
  ADD CONSTRAINT invitation_moved_to FOREIGN KEY (partner_id, moved_to) REFERENCES invitation NOT VALID,
  ADD CONSTRAINT invitation_moved CHECK (moved_to IS NULL OR withdrawn_at IS NOT NULL) NOT VALID;
