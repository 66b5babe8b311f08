-- migrate:up

-- Gateways of this release read these, also while the rows are still those of the version before (ADR 0013). What fills
-- them is version 2 of the projection, which is folded anew beside; until then whoever needs them is told to wait.
ALTER TABLE read_models.evaluations
    ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN schedule uuid,
    ADD COLUMN ran_on text,
    ADD COLUMN run_seconds double precision;

CREATE INDEX evaluations_finished ON read_models.evaluations (tenant, completed_at DESC, id DESC)
    WHERE completed_at IS NOT NULL;
CREATE INDEX evaluations_duration ON read_models.evaluations (tenant, run_seconds DESC, id DESC)
    WHERE run_seconds IS NOT NULL;
CREATE INDEX evaluations_of_schedule ON read_models.evaluations (tenant, schedule, submitted_at DESC)
    WHERE schedule IS NOT NULL;
CREATE INDEX evaluations_labels ON read_models.evaluations USING gin (labels) WHERE labels <> '{}';

CREATE TABLE read_models.texts (
    tenant text NOT NULL,
    evaluation uuid NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (tenant, evaluation)
);

CREATE INDEX texts_words ON read_models.texts USING gin (words);

CREATE TABLE read_models.tallies (
    tenant text NOT NULL,
    grain integer NOT NULL,
    at timestamptz NOT NULL,
    language text NOT NULL,
    outcome text NOT NULL,
    ended integer NOT NULL,
    waited integer[] NOT NULL,
    ran integer[] NOT NULL,
    PRIMARY KEY (tenant, grain, at, language, outcome)
);

-- migrate:down

DROP TABLE read_models.tallies;
DROP TABLE read_models.texts;
DROP INDEX read_models.evaluations_labels;
DROP INDEX read_models.evaluations_of_schedule;
DROP INDEX read_models.evaluations_duration;
DROP INDEX read_models.evaluations_finished;
ALTER TABLE read_models.evaluations
    DROP COLUMN run_seconds, DROP COLUMN ran_on, DROP COLUMN schedule, DROP COLUMN labels;
