// Made by `make generate` from schemas/generated/asyncapi.json. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * EvaluationScheduled
         * @description Accepted, to be queued when due.
         */
        EvaluationScheduled: {
            /** @enum {unknown} */
            type: "cloche.evaluation.scheduled.v1";
            spec: components["schemas"]["EvaluationSpec"];
            limits: components["schemas"]["Limits"];
            /**
             * Format: date-time
             * @description when it is to be queued
             */
            due_at: string;
            /**
             * @description attempts before the dead letter
             * @default 3
             */
            max_attempts?: number;
            /** @default null */
            turns?: string | null;
            /** @default {} */
            origin?: components["schemas"]["Origin"];
        };
        /**
         * EvaluationSpec
         * @description A program and how to run it, as it was submitted. Tolerant of unknown fields: it is read back from the log.
         *
         *         The program is `code`, or without code one of `files`: the one called `name`, else the first. The files lie beside
         *         it in the folder where it runs.
         */
        EvaluationSpec: {
            /**
             * @description source text of the program; none: it is in files
             * @default
             */
            code?: string;
            /** @default null */
            code_blob?: string | null;
            /**
             * @description what it is written in (GET /v1/languages); auto: found by name, first line and text
             * @default python
             */
            language?: string;
            /** @default null */
            name?: string | null;
            /**
             * @description the program's folder
             * @default []
             */
            files?: components["schemas"]["SourceFile"][];
            /**
             * @description arguments passed to the program
             * @default []
             */
            argv?: string[];
            /**
             * @description what the program reads from standard input
             * @default
             */
            stdin?: string;
            /** @default null */
            stdin_blob?: string | null;
            /**
             * @description environment of the program; the server lists the names
             * @default {}
             */
            env?: {
                [key: string]: string;
            };
            /** @default null */
            image?: string | null;
            /**
             * @description sandbox engine; auto takes the executor's strongest
             * @default auto
             * @enum {unknown}
             */
            engine?: "auto" | "bubblewrap" | "docker" | "gvisor";
            /** @default null */
            require?: ("bubblewrap" | "docker" | "gvisor") | null;
            /**
             * @default normal
             * @enum {unknown}
             */
            priority?: "high" | "low" | "normal";
            /** @default {} */
            limits?: components["schemas"]["RequestedLimits"];
            /** @default {} */
            retry?: components["schemas"]["RetryPolicy"];
            /** @default null */
            cases?: components["schemas"]["Case"][] | null;
            /**
             * @description no more cases after one that does not pass
             * @default false
             */
            fail_fast?: boolean;
            /**
             * @description the client's own marks, searchable
             * @default {}
             */
            labels?: {
                [key: string]: string;
            };
        };
        /**
         * SourceFile
         * @description A file of the program, or beside it: one of `content`, `data` and `blob`. There are no links and no modes.
         */
        SourceFile: {
            /** @description relative path below the program's folder, with plain / between its parts */
            name: string;
            /** @default null */
            content?: string | null;
            /** @default null */
            data?: string | null;
            /** @default null */
            blob?: string | null;
        };
        /**
         * RequestedLimits
         * @description The limits a submission asks for; what is absent takes the server's default.
         */
        RequestedLimits: {
            /** @default null */
            wall_seconds?: number | null;
            /** @default null */
            cpu_seconds?: number | null;
            /** @default null */
            cpus?: number | null;
            /** @default null */
            memory_bytes?: number | null;
            /** @default null */
            pids?: number | null;
            /** @default null */
            output_bytes?: number | null;
            /** @default null */
            scratch_bytes?: number | null;
            /** @default null */
            scratch_inodes?: number | null;
            /** @default null */
            file_bytes?: number | null;
            /** @default null */
            open_files?: number | null;
            /** @default null */
            artifact_files?: number | null;
            /** @default null */
            artifact_bytes?: number | null;
        };
        /**
         * RetryPolicy
         * @description When another attempt follows one that failed, and after which time: a random part of ``base · 2ⁿ⁻¹``, at most of
         *         the cap.
         *
         *         What a submission leaves out, the server fills in before it lies on the log.
         */
        RetryPolicy: {
            /** @default null */
            attempts?: number | null;
            /** @default null */
            base_seconds?: number | null;
            /** @default null */
            cap_seconds?: number | null;
            /**
             * @description also after a verdict other than succeeded; the last one counts
             * @default false
             */
            program_failures?: boolean;
        };
        /**
         * Case
         * @description One run of the program in a sandbox of its own. It passes if it succeeds and writes what is expected.
         */
        Case: {
            /**
             * @description the client's own word for it
             * @default
             */
            name?: string;
            /** @default null */
            argv?: string[] | null;
            /** @default null */
            stdin?: string | null;
            /** @default null */
            stdin_blob?: string | null;
            /** @default null */
            expected_stdout?: string | null;
            /**
             * @description instead of the evaluation's, one by one
             * @default {}
             */
            limits?: components["schemas"]["RequestedLimits"];
        };
        /**
         * Limits
         * @description What an evaluation may use. The defaults are the product's; a gateway's settings hold the maxima.
         */
        Limits: {
            /**
             * @description wall-clock time of one attempt
             * @default 60
             */
            wall_seconds?: number;
            /**
             * @description CPU time of one attempt
             * @default 60
             */
            cpu_seconds?: number;
            /**
             * @description processors at once
             * @default 1
             */
            cpus?: number;
            /**
             * @description memory, swap included
             * @default 268435456
             */
            memory_bytes?: number;
            /**
             * @description processes and threads at once
             * @default 64
             */
            pids?: number;
            /**
             * @description recorded per stream; more is counted, not kept
             * @default 16777216
             */
            output_bytes?: number;
            /**
             * @description space of the scratch folder
             * @default 67108864
             */
            scratch_bytes?: number;
            /**
             * @description files in the scratch folder
             * @default 4096
             */
            scratch_inodes?: number;
            /**
             * @description size of one file
             * @default 67108864
             */
            file_bytes?: number;
            /**
             * @description open files of one process
             * @default 256
             */
            open_files?: number;
            /**
             * @description files that come back
             * @default 100
             */
            artifact_files?: number;
            /**
             * @description size of all of them together
             * @default 16777216
             */
            artifact_bytes?: number;
        };
        /**
         * Origin
         * @description Where a submission comes from, beside its client.
         */
        Origin: {
            /** @default null */
            rerun_of?: string | null;
            /** @default null */
            batch?: components["schemas"]["BatchPlace"] | null;
            /** @default null */
            schedule?: string | null;
            /** @default null */
            idempotency?: components["schemas"]["Idempotency"] | null;
        };
        /**
         * BatchPlace
         * @description Which batch an evaluation belongs to, and its place there.
         */
        BatchPlace: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @description place in the batch, from 0 */
            index: number;
            /** @description evaluations of the batch */
            size: number;
            /**
             * @description the client's word for the batch
             * @default
             */
            name?: string;
            /** @default null */
            concurrency?: number | null;
        };
        /**
         * Idempotency
         * @description The Idempotency-Key of a submission, and a digest of what was submitted under it.
         */
        Idempotency: {
            key: string;
            /** @description SHA-256 of the body as it was understood, in hex */
            digest: string;
        };
        /**
         * EvaluationQueued
         * @description Ready to run. The first attempt carries the submission; a later one points to the event that does.
         */
        EvaluationQueued: {
            /** @enum {unknown} */
            type: "cloche.evaluation.queued.v1";
            /** @description number of the attempt, from 1 */
            attempt: number;
            /**
             * @default auto
             * @enum {unknown}
             */
            engine?: "auto" | "bubblewrap" | "docker" | "gvisor";
            /**
             * @default normal
             * @enum {unknown}
             */
            priority?: "high" | "low" | "normal";
            /** @default null */
            spec?: components["schemas"]["EvaluationSpec"] | null;
            /** @default null */
            limits?: components["schemas"]["Limits"] | null;
            /** @default null */
            spec_sequence?: number | null;
            /**
             * @description attempts before the dead letter
             * @default 3
             */
            max_attempts?: number;
            /** @default null */
            turns?: string | null;
            /**
             * @description beside spec
             * @default {}
             */
            origin?: components["schemas"]["Origin"];
            /** @default null */
            due_at?: string | null;
            /**
             * @description how much later than due, where that is worth a word
             * @default 0
             */
            late_seconds?: number;
        };
        /**
         * AttemptStarted
         * @description An executor has won the attempt. `nonce` tells its claim from another's; what it enforces is echoed.
         */
        AttemptStarted: {
            /** @enum {unknown} */
            type: "cloche.evaluation.started.v1";
            /** @description number of the attempt, from 1 */
            attempt: number;
            /** @description name of the executor process */
            executor: string;
            /** @description random, one for each claim */
            nonce: string;
            /** @enum {unknown} */
            engine: "bubblewrap" | "docker" | "gvisor";
            /**
             * @description what runs the sandbox: runc, runsc, bwrap
             * @default
             */
            runtime?: string;
            /**
             * @description name of the image that the sandbox is made from
             * @default
             */
            image?: string;
            /**
             * @description what that image contained
             * @default
             */
            image_digest?: string;
            /**
             * @description limits in force
             * @default {
             *       "wall_seconds": 60,
             *       "cpu_seconds": 60,
             *       "cpus": 1,
             *       "memory_bytes": 268435456,
             *       "pids": 64,
             *       "output_bytes": 16777216,
             *       "scratch_bytes": 67108864,
             *       "scratch_inodes": 4096,
             *       "file_bytes": 67108864,
             *       "open_files": 256,
             *       "artifact_files": 100,
             *       "artifact_bytes": 16777216
             *     }
             */
            limits?: components["schemas"]["Limits"];
            /**
             * @description names of the limits that the engine enforces
             * @default []
             */
            enforced?: string[];
            /**
             * @description what holds instead where a limit is not enforced
             * @default []
             */
            shortfalls?: string[];
        };
        /**
         * OutputChunk
         * @description Bytes that the program or its compiler wrote, or left in files. One is in flight per attempt, so no gaps.
         */
        OutputChunk: {
            /** @enum {unknown} */
            type: "cloche.evaluation.output-chunk.v1";
            /** @description number of the attempt, from 1 */
            attempt: number;
            /** @enum {unknown} */
            stream: "artifacts" | "compiler" | "stderr" | "stdout";
            /** @description number of the chunk in its attempt, over all streams, from 0 */
            index: number;
            /** @description offset of the first byte in its stream */
            offset: number;
            /** @description base64 in JSON */
            data: string;
        };
        /**
         * CaseCompleted
         * @description One case is over. Lies among the output of its attempt, behind what its own program wrote.
         */
        CaseCompleted: {
            /** @enum {unknown} */
            type: "cloche.evaluation.case-completed.v1";
            /** @description number of the attempt, from 1 */
            attempt: number;
            /** @description place of the case in the submission, from 0 */
            index: number;
            /**
             * @description as the submission calls it
             * @default
             */
            name?: string;
            /**
             * @description succeeded only if stdout is what was expected, too
             * @enum {unknown}
             */
            outcome: "cancelled" | "compile_failed" | "failed" | "out_of_memory" | "succeeded" | "timed_out";
            /** @description it succeeded */
            passed: boolean;
            /** @default null */
            exit_code?: number | null;
            /** @default null */
            signal?: number | null;
            /** @default null */
            domain?: ("infrastructure" | "limit" | "program") | null;
            /** @default null */
            limit?: string | null;
            /**
             * @description limits that the program ran into, by evidence
             * @default []
             */
            reached?: string[];
            /** @default  */
            detail?: string;
            /** @default null */
            usage?: components["schemas"]["Usage"] | null;
            /**
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            stdout?: components["schemas"]["OutputSummary"];
            /**
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            stderr?: components["schemas"]["OutputSummary"];
            /**
             * @description where its recorded stdout begins in that of the attempt
             * @default 0
             */
            stdout_offset?: number;
            /**
             * @description the same of stderr
             * @default 0
             */
            stderr_offset?: number;
        };
        /**
         * Usage
         * @description What an attempt used. A figure that the engine cannot measure is absent, never zero.
         */
        Usage: {
            wall_seconds: number;
            /** @default null */
            cpu_seconds?: number | null;
            /** @default null */
            peak_memory_bytes?: number | null;
            /** @default null */
            start_seconds?: number | null;
            /** @default null */
            warm?: boolean | null;
        };
        /**
         * OutputSummary
         * @description One stream of one attempt: ``total_bytes = head_bytes + dropped_bytes + tail_bytes``.
         *
         *         The head is recorded from offset 0. Beyond the limit bytes are only counted, but for the last ones, the tail,
         *         which is recorded too, at its true offset.
         */
        OutputSummary: {
            /** @default 0 */
            total_bytes?: number;
            /** @default 0 */
            head_bytes?: number;
            /** @default 0 */
            dropped_bytes?: number;
            /** @default 0 */
            tail_bytes?: number;
            /**
             * @description hex digest of the recorded bytes, head then tail
             * @default
             */
            sha256?: string;
            /** @default 0 */
            chunks?: number;
        };
        /**
         * AttemptFailed
         * @description The attempt ended without a verdict on the program: our trouble, to be retried.
         */
        AttemptFailed: {
            /** @enum {unknown} */
            type: "cloche.evaluation.attempt-failed.v1";
            /** @description number of the attempt, from 1 */
            attempt: number;
            /** @description slug: executor_lost, sandbox_unavailable, … */
            reason: string;
            /** @default  */
            detail?: string;
            /**
             * @default infrastructure
             * @enum {unknown}
             */
            domain?: "infrastructure" | "limit" | "program";
        };
        /**
         * CancelRequested
         * @description Somebody wants the running attempt to end; the executor kills it and completes it as cancelled.
         */
        CancelRequested: {
            /** @enum {unknown} */
            type: "cloche.evaluation.cancel-requested.v1";
            /** @default  */
            reason?: string;
            /** @default  */
            requested_by?: string;
        };
        /**
         * EvaluationCompleted
         * @description Over, with a verdict. Terminal.
         */
        EvaluationCompleted: {
            /** @enum {unknown} */
            type: "cloche.evaluation.completed.v1";
            /** @enum {unknown} */
            outcome: "cancelled" | "compile_failed" | "failed" | "out_of_memory" | "succeeded" | "timed_out";
            /** @description the attempt that counts; 0 if none had started */
            attempt: number;
            /** @default null */
            exit_code?: number | null;
            /** @default null */
            signal?: number | null;
            /** @default null */
            domain?: ("infrastructure" | "limit" | "program") | null;
            /** @default null */
            limit?: string | null;
            /**
             * @description limits that the program ran into, by evidence; also where it went on
             * @default []
             */
            reached?: string[];
            /** @default  */
            detail?: string;
            /** @default null */
            usage?: components["schemas"]["Usage"] | null;
            /**
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            stdout?: components["schemas"]["OutputSummary"];
            /**
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            stderr?: components["schemas"]["OutputSummary"];
            /**
             * @description what the compiler said
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            compiler?: components["schemas"]["OutputSummary"];
            /**
             * @description absent where nothing was compiled
             * @default null
             */
            compilation?: components["schemas"]["CompileResult"] | null;
            /**
             * @description files that the program left, in the stream artifacts
             * @default []
             */
            artifacts?: components["schemas"]["Artifact"][];
            /** @default [] */
            skipped_artifacts?: components["schemas"]["SkippedArtifact"][];
            /**
             * @description the stream artifacts: every file, one after another
             * @default {
             *       "total_bytes": 0,
             *       "head_bytes": 0,
             *       "dropped_bytes": 0,
             *       "tail_bytes": 0,
             *       "sha256": "",
             *       "chunks": 0
             *     }
             */
            artifact_bytes?: components["schemas"]["OutputSummary"];
            /**
             * @description absent where the submission has no cases
             * @default null
             */
            cases?: components["schemas"]["CaseCounts"] | null;
        };
        /**
         * CompileResult
         * @description How compiling went. It has limits of its own, which the server sets. Its words are the stream compiler.
         */
        CompileResult: {
            /** @default null */
            exit_code?: number | null;
            /** @default null */
            signal?: number | null;
            /** @default  */
            detail?: string;
            /** @default null */
            usage?: components["schemas"]["Usage"] | null;
        };
        /**
         * Artifact
         * @description A file that the program left in its output folder.
         */
        Artifact: {
            /** @description relative path below the output folder, checked */
            name: string;
            size: number;
            /** @description hex digest of its bytes */
            sha256: string;
            /** @description where its bytes begin in the stream artifacts */
            offset: number;
        };
        /**
         * SkippedArtifact
         * @description Something in the output folder that did not come back.
         */
        SkippedArtifact: {
            /** @description as the program called it, shortened: for reading only */
            name: string;
            /** @description too_many, too_large, link, special, bad_name or incomplete */
            reason: string;
        };
        /**
         * CaseCounts
         * @description What became of the cases. While they run, only `total` is known; each result is an event of its own.
         */
        CaseCounts: {
            /** @description cases of the submission */
            total: number;
            /** @default 0 */
            passed?: number;
            /** @default 0 */
            failed?: number;
            /**
             * @description not run: after a failure (fail_fast), or over before their turn
             * @default 0
             */
            skipped?: number;
        };
        /**
         * EvaluationDeadLettered
         * @description Given up after the last attempt. Terminal.
         */
        EvaluationDeadLettered: {
            /** @enum {unknown} */
            type: "cloche.evaluation.dead-lettered.v1";
            attempts: number;
            reason: string;
            /** @default  */
            detail?: string;
        };
        /**
         * OutputArchived
         * @description The output of the attempt that counts lies in S3. The only event after a terminal one.
         */
        OutputArchived: {
            /** @enum {unknown} */
            type: "cloche.evaluation.output-archived.v1";
            attempt: number;
            /** @default [] */
            outputs?: components["schemas"]["ArchivedOutput"][];
        };
        /**
         * ArchivedOutput
         * @description Where the recorded bytes of one stream of one attempt lie.
         */
        ArchivedOutput: {
            /** @enum {unknown} */
            stream: "artifacts" | "compiler" | "stderr" | "stdout";
            bucket: string;
            key: string;
            size: number;
            sha256: string;
            /**
             * @description of artifacts: each file lies by itself, under key and its digest
             * @default false
             */
            blobs?: boolean;
        };
        /**
         * Envelope
         * @description One event as it lies on the log. `data` stays raw until somebody who knows its type asks (codec.py).
         *
         *         What CloudEvents or its Sequence extension demand has no default here, so that it is always written.
         *
         *         A lifecycle event's `sequence` counts those of its evaluation from 1 without a gap; an output chunk's counts the
         *         chunks of its attempt from 1.
         */
        Envelope: {
            /** @enum {unknown} */
            specversion: "1.0";
            /** @description unique; the Nats-Msg-Id of the message */
            id: string;
            /** @description who appended it, as a URI reference: /cloche/executor/a1 */
            source: string;
            /** @description name and version of the event */
            type: string;
            /** @description id of the evaluation */
            subject: string;
            /**
             * Format: date-time
             * @description when it was appended, RFC 3339 in UTC
             */
            time: string;
            /** @description owning tenant */
            tenant: string;
            /** @description order in its evaluation (CloudEvents Sequence) */
            sequence: string;
            /** @enum {unknown} */
            sequencetype: "Integer";
            /** @default null */
            traceparent?: string | null;
            /** @default null */
            tracestate?: string | null;
            /**
             * @default application/json
             * @enum {unknown}
             */
            datacontenttype?: "application/json";
            /** @description the event itself */
            data: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
