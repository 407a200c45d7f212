-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- What a target of kind file makes of a handoff. A term like the others: fixed when it is made, never edited.
ALTER TABLE target ADD COLUMN file_format text,
  ADD CONSTRAINT target_file_format CHECK (file_format IN ('sheet', 'json', 'csv', 'settings_xml', 'connection_string')) NOT VALID,
  ADD CONSTRAINT target_file_whole CHECK ((kind = 'file') = (file_format IS NOT NULL)) NOT VALID;

-- Fixed by the claim (H1), as its target is. Null where the values leave in no file.
ALTER TABLE handoff ADD COLUMN file_format text,
  ADD CONSTRAINT handoff_file_format CHECK (file_format IN ('sheet', 'json', 'csv', 'settings_xml', 'connection_string')) NOT VALID,
  ADD CONSTRAINT handoff_file_target CHECK (file_format IS NULL OR target_id IS NOT NULL) NOT VALID;
