-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- Under which epochs something was presented: an answer that is not in the house may be that of a later presentation than one that
-- is, and its successor the end of the other one's (C-2 rows 8 and 13). A renewal from before has none of them on record.
ALTER TABLE renewal ADD COLUMN presented_epochs integer[] NOT NULL DEFAULT '{}';

-- Since when what is sealed may have been ended by such an answer. Whatever is not in doubt takes it away with its own successor.
ALTER TABLE token_grant ADD COLUMN outrun_at timestamptz;
