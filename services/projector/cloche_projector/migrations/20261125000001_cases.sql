-- migrate:up

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

-- migrate:down

DROP TABLE cases;
