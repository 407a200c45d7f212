-- Waits for no lock longer than this: what stands behind a waiting migration waits, too. A start tries again.
SET LOCAL lock_timeout = '3s';

-- How a renewal ended: `lost` where a successor of it may still turn up, `ended` where none is of use any more.
ALTER TABLE renewal DROP CONSTRAINT renewal_outcome_check;
ALTER TABLE renewal ADD CONSTRAINT renewal_outcome_check
  CHECK (outcome IN ('renewed', 'promoted', 'unchanged', 'lost', 'ended', 'overtaken')) NOT VALID;

-- A grant that was found dead comes back when the answer that was lost turns up after all (C-2 row 12): only with a
-- successor, so its generation goes up in the same statement, and only what was dead.
CREATE OR REPLACE FUNCTION guard_custody_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.custody <> OLD.custody AND NOT ((OLD.custody || '>' || NEW.custody) = ANY (ARRAY[
    'parked>sealed', 'parked>lapsed', 'parked>superseded', 'parked>shredded',
    'sealed>claimed', 'sealed>renewing', 'sealed>parked', 'sealed>lapsed', 'sealed>superseded', 'sealed>dead',
    'renewing>sealed', 'renewing>dead', 'renewing>superseded',
    'claimed>sealed', 'claimed>handed_over', 'claimed>superseded',
    'handed_over>shredded', 'dead>sealed'])) THEN
    RAISE EXCEPTION 'custody may not move from % to %', OLD.custody, NEW.custody USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.custody = 'dead' AND NEW.custody = 'sealed' AND NEW.generation <= OLD.generation THEN
    RAISE EXCEPTION 'what is dead comes back by a successor only' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.partner_id <> OLD.partner_id OR NEW.id <> OLD.id OR NEW.connection_id <> OLD.connection_id
    OR NEW.token_fingerprint <> OLD.token_fingerprint AND NEW.generation = OLD.generation THEN
    RAISE EXCEPTION 'a grant keeps its identity' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
