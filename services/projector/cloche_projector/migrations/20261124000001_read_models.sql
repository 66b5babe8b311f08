-- migrate:up

-- One row for each evaluation: everything in it is folded from the log and can be dropped and folded again.
CREATE TABLE evaluations (
    tenant text NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    outcome text,
    language text NOT NULL,
    priority text NOT NULL,
    submitted_at timestamptz NOT NULL,
    completed_at timestamptz,
    -- The last lifecycle event folded in: its number in the evaluation, and its sequence on the stream.
    number integer NOT NULL,
    stream_sequence bigint NOT NULL,
    -- What the API shows (EvaluationView).
    view jsonb NOT NULL,
    -- What folding on needs (Evaluation of the domain), without the submitted program.
    state jsonb NOT NULL,
    PRIMARY KEY (tenant, id)
)
-- A row is written three to five times within seconds; room on its page keeps the indexes out of that.
WITH (fillfactor = 80);

-- Pages of a tenant, newest first.
CREATE INDEX evaluations_newest ON evaluations (tenant, submitted_at DESC, id DESC);

-- One row for each stream of each attempt that wrote something. Only the attempt that counts is shown.
CREATE TABLE outputs (
    tenant text NOT NULL,
    evaluation uuid NOT NULL,
    attempt integer NOT NULL,
    stream text NOT NULL,
    -- Recorded bytes so far.
    size bigint NOT NULL,
    -- Offset behind the last of them in what the program wrote; beyond size where bytes were dropped.
    position bigint NOT NULL,
    -- All recorded bytes while they are no more than 1 MiB, afterwards the first 1 KiB.
    data bytea NOT NULL,
    PRIMARY KEY (tenant, evaluation, attempt, stream)
);

-- Compressing anew with every chunk would cost more than it saves.
ALTER TABLE outputs ALTER COLUMN data SET STORAGE EXTERNAL;

-- How far a projection has come, and on which stream (epoch). Moved in the transaction that writes the rows.
CREATE TABLE checkpoints (
    name text PRIMARY KEY,
    epoch text NOT NULL,
    sequence bigint NOT NULL
);

-- migrate:down

DROP TABLE checkpoints;
DROP TABLE outputs;
DROP TABLE evaluations;
