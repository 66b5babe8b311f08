-- migrate:up

-- What the queue is asked for: for which engine, since when it waits, when it began.
ALTER TABLE evaluations
    ADD COLUMN engine text,
    ADD COLUMN queued_at timestamptz,
    ADD COLUMN started_at timestamptz;

UPDATE evaluations SET
    engine = view ->> 'engine_requested',
    queued_at = (view ->> 'queued_at')::timestamptz,
    started_at = (view ->> 'started_at')::timestamptz;

-- What is not over yet. No column of it changes before the end, so that an update up to then stays on its page.
CREATE INDEX evaluations_open ON evaluations (tenant) WHERE completed_at IS NULL;

-- Rows come about in the order of time; indexes of this kind do not make an update leave its page.
CREATE INDEX evaluations_started ON evaluations USING brin (started_at);
CREATE INDEX evaluations_completed ON evaluations USING brin (completed_at);

-- migrate:down

DROP INDEX evaluations_completed;
DROP INDEX evaluations_started;
DROP INDEX evaluations_open;
ALTER TABLE evaluations DROP COLUMN started_at, DROP COLUMN queued_at, DROP COLUMN engine;
