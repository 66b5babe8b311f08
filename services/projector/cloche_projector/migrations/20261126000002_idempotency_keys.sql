-- migrate:up

-- One row for each Idempotency-Key. Never purged: it answers for what the log no longer holds.
CREATE TABLE idempotency_keys (
    tenant text NOT NULL,
    -- evaluation or batch
    kind text NOT NULL,
    key text NOT NULL,
    -- The evaluation or the batch that was first submitted with it.
    id uuid NOT NULL,
    -- SHA-256 of what was submitted, in hex.
    digest text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, kind, key)
);

-- migrate:down

DROP TABLE idempotency_keys;
