-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- What the page with the button is told about and no trip has: that the customer keeps what they gave before, and that they were
-- stopped, before they left for the provider or by an answer that made no sense. `stops` counts, so that every one is news.
ALTER TABLE invitation ADD COLUMN kept_at timestamptz, ADD COLUMN stops int NOT NULL DEFAULT 0,
  ADD COLUMN stopped_at timestamptz, ADD COLUMN stopped_by text,
  ADD CONSTRAINT invitation_stopped CHECK (
    (stops > 0) = (stopped_at IS NOT NULL) AND (stops > 0) = (stopped_by IS NOT NULL)
    AND stopped_by IN ('provider_down', 'app_not_ready', 'odd_answer')
  ) NOT VALID;
