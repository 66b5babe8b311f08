-- migrate:up

-- Where an evaluation begins on the stream, which is never trimmed beyond the oldest one that is not over (ADR 0015).
-- 0: not known, of rows older than this column. As long as one of them is not over, nothing is trimmed.
ALTER TABLE read_models.evaluations ADD COLUMN first_sequence bigint NOT NULL DEFAULT 0;

-- The oldest one at once. Neither column changes before the end, so that an update up to then stays on its page.
CREATE INDEX evaluations_oldest_open ON read_models.evaluations (first_sequence) WHERE completed_at IS NULL;

-- migrate:down

DROP INDEX read_models.evaluations_oldest_open;
ALTER TABLE read_models.evaluations DROP COLUMN first_sequence;
