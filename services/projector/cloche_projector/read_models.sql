-- The tables of the read models: everything in them is folded from the log, and can be dropped and folded again. Run in an
-- empty schema. Whoever changes them, or what is folded into them, counts PROJECTION_VERSION (layout.py) up: projectors
-- then fold everything anew beside what is there (docs/adr/0013).

-- One row for each evaluation.
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
    -- A batch has no row of its own: its evaluations say that they belong to it.
    batch uuid GENERATED ALWAYS AS ((view -> 'batch' ->> 'id')::uuid) STORED,
    batch_index integer GENERATED ALWAYS AS ((view -> 'batch' ->> 'index')::integer) STORED,
    -- What the queue is asked for: for which engine, since when it waits, when it began.
    engine text,
    queued_at timestamptz,
    started_at timestamptz,
    -- Where it begins on the stream, which is never trimmed beyond the oldest one that is not over (ADR 0015).
    first_sequence bigint NOT NULL DEFAULT 0,
    -- What lists are filtered by: the client's marks, the schedule that submitted it, and the engine that ran it.
    labels jsonb NOT NULL DEFAULT '{}',
    schedule uuid,
    ran_on text,
    -- How long the attempt ran that gave the verdict; set with the end.
    run_seconds double precision,
    PRIMARY KEY (tenant, id)
)
-- A row is written three to five times within seconds; room on its page keeps the indexes out of that.
WITH (fillfactor = 80);

-- Pages of a tenant, newest first.
CREATE INDEX evaluations_newest ON evaluations (tenant, submitted_at DESC, id DESC);
-- The evaluations of a batch, in order.
CREATE INDEX evaluations_of_batch ON evaluations (tenant, batch, batch_index) WHERE batch IS NOT NULL;
-- Batches of a tenant, newest first: each by its first evaluation.
CREATE INDEX evaluations_batches ON evaluations (tenant, submitted_at DESC, batch DESC) WHERE batch_index = 0;
-- What is not over yet. No column of it changes before the end, so that an update up to then stays on its page.
CREATE INDEX evaluations_open ON evaluations (tenant) WHERE completed_at IS NULL;
-- The oldest of them at once.
CREATE INDEX evaluations_oldest_open ON evaluations (first_sequence) WHERE completed_at IS NULL;
-- Rows come about in the order of time; indexes of this kind do not make an update leave its page.
CREATE INDEX evaluations_started ON evaluations USING brin (started_at);
CREATE INDEX evaluations_completed ON evaluations USING brin (completed_at);
-- Pages of a tenant by their end and by how long they ran. Both are set once, with the end.
CREATE INDEX evaluations_finished ON evaluations (tenant, completed_at DESC, id DESC) WHERE completed_at IS NOT NULL;
CREATE INDEX evaluations_duration ON evaluations (tenant, run_seconds DESC, id DESC) WHERE run_seconds IS NOT NULL;
-- Neither changes after the submission.
CREATE INDEX evaluations_of_schedule ON evaluations (tenant, schedule, submitted_at DESC) WHERE schedule IS NOT NULL;
CREATE INDEX evaluations_labels ON evaluations USING gin (labels) WHERE labels <> '{}';

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

-- One row for each case that is over, of any attempt. Only those of the attempt that counts are shown.
CREATE TABLE cases (
    tenant text NOT NULL,
    evaluation uuid NOT NULL,
    attempt integer NOT NULL,
    -- Its place in the submission, from 0.
    index integer NOT NULL,
    -- What the API shows (CaseResult).
    result jsonb NOT NULL,
    PRIMARY KEY (tenant, evaluation, attempt, index)
);

-- One row for each evaluation: the words that it is found by (searchable.py), of what was submitted and, from its end on,
-- of the beginning of what it wrote. Not a column of its evaluation, whose row is written more often and read without them.
CREATE TABLE texts (
    tenant text NOT NULL,
    evaluation uuid NOT NULL,
    -- With the word @TENANT, so that the index alone finds those of one tenant.
    words tsvector NOT NULL,
    PRIMARY KEY (tenant, evaluation)
);

CREATE INDEX texts_words ON texts USING gin (words);

-- Evaluations that ended, counted for statistics: one row for each stretch of time, language and outcome.
CREATE TABLE tallies (
    tenant text NOT NULL,
    -- Length of the stretch in seconds, and its beginning.
    grain integer NOT NULL,
    at timestamptz NOT NULL,
    language text NOT NULL,
    -- The outcome, or dead_lettered.
    outcome text NOT NULL,
    ended integer NOT NULL,
    -- Of these, how many waited and ran for how long, by class of duration (cloche_domain.durations).
    waited integer[] NOT NULL,
    ran integer[] NOT NULL,
    PRIMARY KEY (tenant, grain, at, language, outcome)
);

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

-- How far a projection has come, and on which stream (epoch). Moved in the transaction that writes the rows.
CREATE TABLE checkpoints (
    name text PRIMARY KEY,
    epoch text NOT NULL,
    sequence bigint NOT NULL,
    -- Of the projection that made these rows, and one for each time that they were made from the beginning.
    version integer NOT NULL DEFAULT 1,
    build uuid NOT NULL DEFAULT gen_random_uuid(),
    -- These are the rows that everybody reads.
    live boolean NOT NULL DEFAULT true,
    -- They have everything that the log no longer holds.
    complete boolean NOT NULL DEFAULT true
);
