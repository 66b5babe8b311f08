-- migrate:up

-- A batch has no row of its own: its evaluations say that they belong to it. Both follow from the view, so that whoever
-- writes a row need not know of them.
ALTER TABLE evaluations
    ADD COLUMN batch uuid GENERATED ALWAYS AS ((view -> 'batch' ->> 'id')::uuid) STORED,
    ADD COLUMN batch_index integer GENERATED ALWAYS AS ((view -> 'batch' ->> 'index')::integer) STORED;

-- The evaluations of a batch, in order.
CREATE INDEX evaluations_of_batch ON evaluations (tenant, batch, batch_index) WHERE batch IS NOT NULL;

-- Batches of a tenant, newest first: each by its first evaluation.
CREATE INDEX evaluations_batches ON evaluations (tenant, submitted_at DESC, batch DESC) WHERE batch_index = 0;

-- migrate:down

DROP INDEX evaluations_batches;
DROP INDEX evaluations_of_batch;
ALTER TABLE evaluations DROP COLUMN batch_index, DROP COLUMN batch;
