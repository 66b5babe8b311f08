-- migrate:up

-- The read models move into a schema of their own, so that others can be folded beside them and take their place by its
-- name (docs/adr/0013). From here on read_models.sql makes their tables; what is changed there needs no migration.
CREATE SCHEMA read_models;
ALTER TABLE evaluations SET SCHEMA read_models;
ALTER TABLE outputs SET SCHEMA read_models;
ALTER TABLE cases SET SCHEMA read_models;
ALTER TABLE idempotency_keys SET SCHEMA read_models;
ALTER TABLE checkpoints SET SCHEMA read_models;
ALTER TABLE read_models.checkpoints
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN build uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN live boolean NOT NULL DEFAULT true,
    ADD COLUMN complete boolean NOT NULL DEFAULT true;

-- What was asked of a projection, and how far that is. Written by the API (what is asked) and by projectors (the rest).
CREATE TABLE public.projections (
    name text PRIMARY KEY,
    -- idle, rebuilding, comparing, ready, swapped, failed
    state text NOT NULL DEFAULT 'idle',
    -- rebuild, swap, rollback or abort, until it is done
    request text,
    -- whether a rebuild ends with the swap: auto (if nothing differs, or the version is another), always, never
    swap text NOT NULL DEFAULT 'auto',
    -- The version that is being made, and how far the fold is.
    building integer,
    sequence bigint,
    target bigint,
    -- Differences of the API (cloche_schemas.projections), of the last comparison.
    differences jsonb,
    -- What one can go back to.
    previous integer,
    -- After going back to an older version newer projectors leave it at that.
    pinned integer,
    error text NOT NULL DEFAULT '',
    started_at timestamptz,
    finished_at timestamptz
);
INSERT INTO public.projections (name) VALUES ('read-models');

-- For people with psql, and for gateways that do not say it yet. Only the owner may; services say it themselves.
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = read_models, public', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;

-- migrate:down

DROP TABLE public.projections;
ALTER TABLE read_models.checkpoints DROP COLUMN complete, DROP COLUMN live, DROP COLUMN build, DROP COLUMN version;
ALTER TABLE read_models.checkpoints SET SCHEMA public;
ALTER TABLE read_models.idempotency_keys SET SCHEMA public;
ALTER TABLE read_models.cases SET SCHEMA public;
ALTER TABLE read_models.outputs SET SCHEMA public;
ALTER TABLE read_models.evaluations SET SCHEMA public;
DROP SCHEMA read_models;
