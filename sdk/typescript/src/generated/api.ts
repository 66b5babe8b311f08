// Made by `make generate` from schemas/generated/openapi.json. Do not edit.

export interface paths {
    "/v1/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List, filter and search evaluations
         * @description From the read model, so a submission appears a moment after it was accepted. The header Link leads to the pages
         *     around (RFC 8288). A cursor is good for the filters and the order that it was given with.
         */
        get: operations["list_evaluations_v1_evaluations_get"];
        put?: never;
        /**
         * Submit a program
         * @description Accepted means that it lies on the log, durably, and will run: now, or when it is due; with an Idempotency-Key,
         *     once for each key. With `Prefer: wait=N` the answer is the evaluation itself if it is over within N seconds.
         */
        post: operations["submit_v1_evaluations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an evaluation
         * @description As of the last event on the log, also before the read model has it.
         *
         *     With `Prefer: wait=N` the answer comes when it is over; with `If-None-Match` beside it, as soon as anything but
         *     output has happened since that version, or 304 after N seconds.
         */
        get: operations["get_v1_evaluations__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an evaluation
         * @description What waits ends at once; what runs ends as soon as its executor has killed it.
         */
        post: operations["cancel_v1_evaluations__id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches, newest first
         * @description From the read model, so a batch appears a moment after it was accepted. The header Link leads to the pages around
         *     (RFC 8288).
         */
        get: operations["list_batches_v1_batches_get"];
        put?: never;
        /**
         * Submit many programs at once
         * @description All of them are accepted, or none: `errors` points to the first one that may not be.
         */
        post: operations["submit_v1_batches_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a batch: how far it is
         * @description Counts by status and outcome; known as soon as the batch was accepted.
         */
        get: operations["get_v1_batches__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the evaluations of a batch, in order
         * @description In the order of the submission. What the read model does not know yet is read from the log.
         */
        get: operations["list_members_v1_batches__id__evaluations_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel what is left of a batch
         * @description Every evaluation that is not over, as if each had been cancelled by itself.
         */
        post: operations["cancel_v1_batches__id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run again what failed, as a new batch
         * @description The same submissions, read back from the log; `rerun_of` of each names the evaluation that it repeats.
         */
        post: operations["rerun_v1_batches__id__rerun_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch an evaluation
         * @description Lifecycle and output in the order of the log, from the beginning or after the given event, until the end.
         *
         *     Frames: `id` is the event's place on the log, `event` its type without version, `data` the CloudEvent as it lies
         *     on the log. The last frame is `event: end`, or `event: reconnect` where the client is to come back with its
         *     `Last-Event-ID`. An id of another log is answered from the beginning. 204: it is over, and everything was seen.
         *     What the log no longer holds comes from the archive; if that fails on the way, the last frame is `event: error`.
         */
        get: operations["events_v1_evaluations__id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what the program wrote
         * @description The recorded bytes of the attempt that counts: beyond the limit the first ones, then the last ones.
         *
         *     `Cloche-Output-Complete: false`: it still runs, and this is what there is so far. Of an attempt that does not count
         *     there is what the log holds of it, which may lack its end. Once it is complete, Range, If-Range and If-None-Match
         *     are taken.
         */
        get: operations["output_v1_evaluations__id__output_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/output/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search what the program wrote
         * @description In the order of the lines; also while the program runs, as far as it has come.
         */
        get: operations["search_v1_evaluations__id__output_search_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the cases that are over
         * @description Of the attempt that counts, in order of their index; `complete: false` while more may come.
         *
         *     Each also comes as the event `case-completed` of the live feed, when it is over.
         */
        get: operations["cases_v1_evaluations__id__cases_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the files that the program left
         * @description Those that came back, with size and digest, and those that did not, with the reason.
         */
        get: operations["artifacts_v1_evaluations__id__artifacts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/artifacts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a file that the program left
         * @description The bytes of one file, never as something that a browser would show. Takes If-None-Match, Range and If-Range.
         */
        get: operations["artifact_v1_evaluations__id__artifacts__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the attempts
         * @description In order of their number; the output of one that does not count is `/output?attempt=`.
         */
        get: operations["attempts_v1_evaluations__id__attempts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show where the time went
         * @description Spans as of a trace, for a waterfall without a trace store. Each comes after the one that it is a part of.
         *
         *     They are made from the events on the log or in the archive, so they are there for as long as those are. A span that
         *     is `measured` has a length that was measured where it ran, and a place that follows from the events.
         */
        get: operations["timeline_v1_evaluations__id__timeline_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blobs/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a blob
         * @description The bytes of a blob of this tenant; of HEAD whether it is there. Takes Range, If-Range and If-None-Match.
         */
        get: operations["get_v1_blobs__sha256__get"];
        /**
         * Store a blob
         * @description Bytes that submissions may refer to. Nothing is there before all of it is, and its digest is right.
         */
        put: operations["put_v1_blobs__sha256__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters, oldest first
         * @description Evaluations that were given up after their last attempt, and messages that a service could not digest. A page may
         *     hold fewer than `limit`, or none, and still lead to another. The header Link has the pages around (RFC 8288).
         */
        get: operations["list_letters_v1_dead_letters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/requeue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the evaluations of dead letters again
         * @description As a requeue of each letter that fits; those that carry no submission stay, with the reason. Asked again after no
         *     answer, what is done is not done twice.
         */
        post: operations["requeue_letters_v1_dead_letters_requeue_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Throw dead letters away
         * @description The log keeps what happened; only what was put aside of it is gone.
         */
        post: operations["purge_letters_v1_dead_letters_purge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a dead letter
         * @description With its whole payload: as JSON if it is that, else in base64.
         */
        get: operations["get_v1_dead_letters__id__get"];
        put?: never;
        post?: never;
        /**
         * Throw a dead letter away
         * @description The answer is what it was.
         */
        delete: operations["delete_v1_dead_letters__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/requeue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the evaluation of a dead letter again
         * @description As a new evaluation with the same submission. Asked for again, the answer is the same.
         */
        post: operations["requeue_letter_v1_dead_letters__id__requeue_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What waits, what runs, and how fast it goes
         * @description Counts come from the read models, a moment behind the log; what is held from the queue itself.
         */
        get: operations["queue_v1_queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/executors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The executors that are there
         * @description What each said of itself within the last seconds.
         */
        get: operations["list_executors_v1_executors_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where an evaluation stands in the queue
         * @description Why it is not running, and how many of its own kind are before it.
         */
        get: operations["place_v1_evaluations__id__queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Replay and follow the events of a tenant
         * @description Every event in the order of the log: from the archive, then from the log, then as they come, without a seam.
         *
         *     NDJSON: `{"cursor", "event"}` a line, the event a CloudEvent as it lies on the log; a line with a cursor alone says
         *     that nothing up to there is left to give. The last line says how it ended: `{"cursor", "end": true}`, or
         *     `{"reconnect": true}`, or `{"problem"}`. SSE: frames as of `GET /v1/evaluations/{id}/events`, the last one
         *     `event: end`, `event: reconnect` or `event: error`. Whatever was cut off goes on `from` the last cursor. 204, of SSE
         *     only: a client came back with the id of the last frame, and there is nothing new.
         */
        get: operations["events_v1_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List schedules, oldest first
         * @description Without the text of their programs.
         */
        get: operations["list_schedules_v1_schedules_get"];
        put?: never;
        /**
         * Make a schedule
         * @description The first time that it is due lies after now. What is submitted then is checked now, and again then.
         */
        post: operations["create_v1_schedules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a schedule */
        get: operations["get_v1_schedules__id__get"];
        put?: never;
        post?: never;
        /**
         * Delete a schedule
         * @description Answers what it was. What it has submitted goes its own way.
         */
        delete: operations["delete_v1_schedules__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a schedule
         * @description Nothing is submitted until it is resumed. Asked for again, the answer is the same.
         */
        post: operations["pause_v1_schedules__id__pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a schedule
         * @description It is due again from now on; what was due meanwhile is not made up for.
         */
        post: operations["resume_v1_schedules__id__resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{id}/trigger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a schedule's program now
         * @description One evaluation more, also while it is paused. When it is due stays as it is.
         */
        post: operations["trigger_v1_schedules__id__trigger_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/languages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List languages, images and variables
         * @description What this server takes; whether an executor has the image now is another question.
         */
        get: operations["languages_v1_languages_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export tenants and API keys
         * @description One record a line, tenants first; also keys that are revoked or expired. What proves a key is in none.
         */
        get: operations["export_v1_keys_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import tenants and API keys
         * @description Records of an export. What is there stays as it is, so that a key that was revoked since does not come back, and
         *     the same may be sent again.
         */
        post: operations["import__v1_keys_import_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tenants */
        get: operations["list_tenants_v1_tenants_get"];
        put?: never;
        /**
         * Make a tenant
         * @description Its token, which stands in subjects and paths, is made by the server.
         */
        post: operations["create_tenant_v1_tenants_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a tenant */
        get: operations["get_tenant_v1_tenants__tenant__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a tenant
         * @description What is left out stays as it is; null gives the server's default back.
         */
        patch: operations["change_tenant_v1_tenants__tenant__patch"];
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description Active ones and those that were, oldest first.
         */
        get: operations["list_keys_v1_keys_get"];
        put?: never;
        /**
         * Make an API key
         * @description The key is shown in this answer and never again.
         */
        post: operations["create_key_v1_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an API key
         * @description What is known of it, and when it was last used. What proves it is in no answer.
         */
        get: operations["get_v1_keys__key__get"];
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Refused from now on, by every gateway within a moment, which also ends what it has open. Asked for again, the
         *     answer is the same.
         */
        delete: operations["revoke_v1_keys__key__delete"];
        options?: never;
        head?: never;
        /**
         * Change an API key
         * @description Its name, its rate limits, or whether its requests must be signed. What is left out stays as it is.
         */
        patch: operations["change_v1_keys__key__patch"];
        trace?: never;
    };
    "/v1/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an API key another secret
         * @description The key with its new secret is shown in this answer and never again. Its id, and what it may do, stay; the old
         *     secret is good for `overlap_seconds` more, a day unless said otherwise.
         */
        post: operations["rotate_v1_keys__key__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}/secrets/{which}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of the two secrets of an API key
         * @description `previous`: the old one is refused from now on. `current`: the rotation is taken back, and the old one stays good
         *     as long as the key is; for an answer that got lost, or a new secret that leaked.
         */
        delete: operations["end_secret_v1_keys__key__secrets__which__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log, newest first
         * @description Who did what from where, allowed or refused, of every tenant. A page may hold fewer than `limit`, or none, and
         *     still lead to a next one. An entry appears a moment after its request was answered.
         */
        get: operations["list_entries_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit log
         * @description One entry a line, oldest first, up to the end as it is now. The last line is `{"end": true}`; where it is
         *     `{"problem": …}` instead, or missing, the rest is. Without a filter the lines can be verified by themselves.
         */
        get: operations["export_v1_audit_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify the audit log
         * @description Walks every chain from its beginning and names what cannot be if nobody touched it, the first break first. An end
         *     that was cut off, or a chain written anew, shows by heads that were kept elsewhere alone.
         */
        get: operations["verify_v1_audit_verify_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List projections
         * @description How far each one is, and how far the rebuild under way or the last one.
         */
        get: operations["list_projections_v1_projections_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a projection */
        get: operations["get_v1_projections__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a projection anew
         * @description From the archive and the log, beside the live rows, which go on. Then every row and column is compared; `swap`
         *     says whether the new rows take the place of the live ones.
         */
        post: operations["rebuild_v1_projections__name__rebuild_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/swap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put what was made anew in its place
         * @description After it has caught up. What was live is kept until the next swap.
         */
        post: operations["swap_v1_projections__name__swap_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go back to what was live before
         * @description After it has caught up. Where it is of another version, a projector of that version has to run.
         */
        post: operations["rollback_v1_projections__name__rollback_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projections/{name}/abort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give up what is being done
         * @description What was made anew is thrown away; the live rows are as they are.
         */
        post: operations["abort_v1_projections__name__abort_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much is kept
         * @description Of this key's tenant, by class. The numbers of the archive and of objects are a little behind.
         */
        get: operations["usage_v1_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who answers, and for whom
         * @description What the key may do, and where this system shows traces, if it says so.
         */
        get: operations["about_v1_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a problem means
         * @description Where the `type` of every problem leads.
         */
        get: operations["problem_problems__code__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an evaluation again, with changes or without
         * @description A new evaluation, whose `rerun_of` is this one. The body is a JSON Merge Patch (RFC 7396) over what was
         *     submitted, as the log has it: its language and its entry are those that were found out then. Lists are given whole.
         *     It is granted limits by the rules of today, and runs at once unless the patch says when.
         */
        post: operations["rerun_v1_evaluations__id__rerun_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts, throughput, success rate, and percentiles of waiting and running
         * @description Of the evaluations of this key's tenant that ended in that time, each once, when it ended. Both ends are moved
         *     outwards to where a bucket begins. From the read models, which have counted them as they ended.
         */
        get: operations["statistics_v1_statistics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/api-catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which APIs there are
         * @description Links to the descriptions of this API, for programs that look for them (RFC 9727).
         */
        get: operations["catalog__well_known_api_catalog_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The events, as AsyncAPI 3.0
         * @description What lies on the log and comes over live feeds. OpenAPI is at /openapi.json.
         */
        get: operations["events_description_asyncapi_json_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feeds.asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The feeds over a WebSocket, as AsyncAPI 3.0
         * @description What is said on `/v1/ws`, by either side.
         */
        get: operations["feeds_description_feeds_asyncapi_json_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a batch
         * @description Lifecycle events of its evaluations, without output, and how far it is, until every one of them is over.
         *
         *     Frames as of `GET /v1/evaluations/{id}/events`. Behind the events that came together stands `event: progress`,
         *     whose `data` counts evaluations by status and outcome; it has no id, and may be passed over. The last frame is
         *     `event: end`, `event: reconnect` or `event: error`. 204: the batch is complete, and everything was seen.
         */
        get: operations["events_v1_batches__id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of the platform
         * @description Services, log, consumers and stores, and what is wrong with them. What does not answer is told as `down` within
         *     seconds, and the answer is 200 all the same.
         */
        get: operations["health_v1_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * About
         * @description The service, and the key that asked.
         * @example {
         *       "name": "cloche",
         *       "version": "0.1.0",
         *       "tenant": "main",
         *       "key": "first-key",
         *       "role": "user",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ],
         *       "trace_url": "https://grafana.example/trace/{trace_id}"
         *     }
         */
        About: {
            /**
             * @default cloche
             * @enum {unknown}
             */
            name: "cloche";
            version: string;
            tenant: string;
            /** @description its id; first-key is that of the settings */
            key: string;
            /** @enum {unknown} */
            role: "admin" | "operator" | "user";
            scopes: ("admin" | "operate" | "read" | "write")[];
            /** @default null */
            trace_url: string | null;
        };
        /**
         * SubmitEvaluation
         * @description The body of ``POST /v1/evaluations``: `EvaluationSpec`, but an unknown field is an error.
         * @example {
         *       "code": "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
         *       "name": "sum.py",
         *       "stdin": "1 2\n",
         *       "labels": {
         *         "model": "m-7",
         *         "task": "sum"
         *       }
         *     }
         */
        SubmitEvaluation: {
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
            files?: components["schemas"]["FileBody"][];
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
            limits?: components["schemas"]["LimitsBody"];
            /** @default {} */
            retry?: components["schemas"]["RetryBody"];
            /** @default null */
            cases?: components["schemas"]["CaseBody"][] | null;
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
            /** @default null */
            run_at?: string | null;
            /** @default null */
            delay_seconds?: number | null;
        };
        /**
         * FileBody
         * @description `SourceFile` as part of a request body: an unknown field is an error.
         */
        FileBody: {
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
         * LimitsBody
         * @description `RequestedLimits` as a request body: an unknown field is an error.
         */
        LimitsBody: {
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
         * RetryBody
         * @description `RetryPolicy` as part of a request body: an unknown field is an error.
         */
        RetryBody: {
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
         * CaseBody
         * @description `Case` as part of a request body: an unknown field is an error.
         */
        CaseBody: {
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
            /** @default {} */
            limits?: components["schemas"]["LimitsBody"];
        };
        /**
         * CancelEvaluation
         * @description The body of ``POST /v1/evaluations/{id}/cancel``; it may be empty.
         * @example {
         *       "reason": "no longer needed"
         *     }
         */
        CancelEvaluation: {
            /** @default  */
            reason?: string;
        };
        /**
         * Accepted
         * @description The answer to a submission: it is on the log and will run, `scheduled` when it is due.
         * @example {
         *       "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "status": "queued",
         *       "links": {
         *         "self": "/v1/evaluations/01a21861-bbf3-7038-b942-0e64e1468e3d",
         *         "events": "/v1/evaluations/01a21861-bbf3-7038-b942-0e64e1468e3d/events"
         *       }
         *     }
         */
        Accepted: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /**
             * @default queued
             * @enum {unknown}
             */
            status: "cancelling" | "completed" | "dead_lettered" | "queued" | "retry_pending" | "running" | "scheduled";
            /**
             * @description self, events, output, cases, artifacts, attempts, timeline, …
             * @default {}
             */
            links: {
                [key: string]: string;
            };
        };
        /**
         * EvaluationView
         * @description One evaluation as the log tells it. `sequence` is the last lifecycle event it includes.
         * @example {
         *       "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "status": "completed",
         *       "outcome": "succeeded",
         *       "exit_code": 0,
         *       "signal": null,
         *       "failure_domain": null,
         *       "limit": null,
         *       "reached": [],
         *       "detail": "",
         *       "attempt": 1,
         *       "attempts": [],
         *       "language": "python",
         *       "name": "sum.py",
         *       "engine_requested": "auto",
         *       "engine": "gvisor",
         *       "runtime": "runsc",
         *       "image": "python",
         *       "image_digest": "",
         *       "enforced": [],
         *       "shortfalls": [],
         *       "executor": "executor-1",
         *       "priority": "normal",
         *       "requested": {},
         *       "limits": {
         *         "wall_seconds": 60,
         *         "cpu_seconds": 60,
         *         "cpus": 1,
         *         "memory_bytes": 268435456,
         *         "pids": 64,
         *         "output_bytes": 16777216,
         *         "scratch_bytes": 67108864,
         *         "scratch_inodes": 4096,
         *         "file_bytes": 67108864,
         *         "open_files": 256,
         *         "artifact_files": 100,
         *         "artifact_bytes": 16777216
         *       },
         *       "usage": {
         *         "wall_seconds": 0.43,
         *         "cpu_seconds": 0.03,
         *         "peak_memory_bytes": 3276800,
         *         "start_seconds": null,
         *         "warm": true
         *       },
         *       "stdout": {
         *         "total_bytes": 3,
         *         "head_bytes": 3,
         *         "dropped_bytes": 0,
         *         "tail_bytes": 0,
         *         "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
         *         "chunks": 1
         *       },
         *       "stderr": {
         *         "total_bytes": 0,
         *         "head_bytes": 0,
         *         "dropped_bytes": 0,
         *         "tail_bytes": 0,
         *         "sha256": "",
         *         "chunks": 0
         *       },
         *       "compiler": {
         *         "total_bytes": 0,
         *         "head_bytes": 0,
         *         "dropped_bytes": 0,
         *         "tail_bytes": 0,
         *         "sha256": "",
         *         "chunks": 0
         *       },
         *       "compilation": null,
         *       "artifact_count": 1,
         *       "artifacts": [],
         *       "skipped_artifacts": [],
         *       "artifact_bytes": {
         *         "total_bytes": 0,
         *         "head_bytes": 0,
         *         "dropped_bytes": 0,
         *         "tail_bytes": 0,
         *         "sha256": "",
         *         "chunks": 0
         *       },
         *       "cases": {
         *         "total": 1,
         *         "passed": 1,
         *         "failed": 0,
         *         "skipped": 0
         *       },
         *       "archived": [],
         *       "labels": {
         *         "model": "m-7",
         *         "task": "sum"
         *       },
         *       "retry": {},
         *       "max_attempts": 3,
         *       "turns": null,
         *       "rerun_of": null,
         *       "batch": null,
         *       "schedule": null,
         *       "due_at": null,
         *       "late_seconds": 0,
         *       "submitted_at": "2026-11-26T12:00:00Z",
         *       "queued_at": "2026-11-26T12:00:00Z",
         *       "started_at": "2026-11-26T12:00:00.250000Z",
         *       "completed_at": "2026-11-26T12:00:01.250000Z",
         *       "trace_id": null,
         *       "sequence": 3
         *     }
         */
        EvaluationView: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @enum {unknown} */
            status: "cancelling" | "completed" | "dead_lettered" | "queued" | "retry_pending" | "running" | "scheduled";
            /** @default null */
            outcome: ("cancelled" | "compile_failed" | "failed" | "out_of_memory" | "succeeded" | "timed_out") | null;
            /** @default null */
            exit_code: number | null;
            /** @default null */
            signal: number | null;
            /** @default null */
            failure_domain: ("infrastructure" | "limit" | "program") | null;
            /** @default null */
            limit: string | null;
            /**
             * @description limits that the program ran into, by evidence
             * @default []
             */
            reached: string[];
            /** @default  */
            detail: string;
            /**
             * @description attempts begun or queued so far
             * @default 0
             */
            attempt: number;
            /**
             * @description each of them; not in lists of evaluations
             * @default []
             */
            attempts: components["schemas"]["AttemptView"][];
            /**
             * @description name of a language: GET /v1/languages lists them
             * @default python
             */
            language: string;
            /** @default null */
            name: string | null;
            /**
             * @default auto
             * @enum {unknown}
             */
            engine_requested: "auto" | "bubblewrap" | "docker" | "gvisor";
            /** @default null */
            engine: ("bubblewrap" | "docker" | "gvisor") | null;
            /** @default  */
            runtime: string;
            /** @default  */
            image: string;
            /** @default  */
            image_digest: string;
            /**
             * @description names of the limits that the engine enforces
             * @default []
             */
            enforced: string[];
            /**
             * @description what holds instead where a limit is not enforced
             * @default []
             */
            shortfalls: string[];
            /** @default null */
            executor: string | null;
            /**
             * @default normal
             * @enum {unknown}
             */
            priority: "high" | "low" | "normal";
            /**
             * @description limits asked for
             * @default {}
             */
            requested: components["schemas"]["RequestedLimits"];
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
            limits: components["schemas"]["Limits"];
            /** @default null */
            usage: components["schemas"]["Usage"] | null;
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
            stdout: components["schemas"]["OutputSummary"];
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
            stderr: components["schemas"]["OutputSummary"];
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
            compiler: components["schemas"]["OutputSummary"];
            /** @default null */
            compilation: components["schemas"]["CompileResult"] | null;
            /**
             * @description files that came back
             * @default 0
             */
            artifact_count: number;
            /** @default [] */
            artifacts: components["schemas"]["Artifact"][];
            /** @default [] */
            skipped_artifacts: components["schemas"]["SkippedArtifact"][];
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
            artifact_bytes: components["schemas"]["OutputSummary"];
            /**
             * @description absent where the submission has no cases
             * @default null
             */
            cases: components["schemas"]["CaseCounts"] | null;
            /** @default [] */
            archived: components["schemas"]["ArchivedOutput"][];
            /** @default {} */
            labels: {
                [key: string]: string;
            };
            /**
             * @description when another attempt follows
             * @default {}
             */
            retry: components["schemas"]["RetryPolicy"];
            /**
             * @description attempts before it is given up
             * @default 3
             */
            max_attempts: number;
            /** @default null */
            turns: string | null;
            /** @default null */
            rerun_of: string | null;
            /** @default null */
            batch: components["schemas"]["BatchPlace"] | null;
            /** @default null */
            schedule: string | null;
            /**
             * @description when it is, or was, to be queued
             * @default null
             */
            due_at: string | null;
            /**
             * @description how much later than due it was queued
             * @default 0
             */
            late_seconds: number;
            /** @default null */
            submitted_at: string | null;
            /**
             * @description when its last attempt was queued
             * @default null
             */
            queued_at: string | null;
            /** @default null */
            started_at: string | null;
            /** @default null */
            completed_at: string | null;
            /** @default null */
            trace_id: string | null;
            /** @default 0 */
            sequence: number;
        };
        /**
         * AttemptView
         * @description One attempt. While neither `outcome` nor `reason` is there, it is not over.
         */
        AttemptView: {
            /** @description from 1 */
            number: number;
            /** @default null */
            queued_at?: string | null;
            /** @default null */
            started_at?: string | null;
            /** @default null */
            ended_at?: string | null;
            /** @default null */
            executor?: string | null;
            /** @default null */
            engine?: ("bubblewrap" | "docker" | "gvisor") | null;
            /** @default null */
            outcome?: ("cancelled" | "compile_failed" | "failed" | "out_of_memory" | "succeeded" | "timed_out") | null;
            /** @default null */
            reason?: string | null;
            /** @default null */
            domain?: ("infrastructure" | "limit" | "program") | null;
            /** @default  */
            detail?: string;
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
         * Limits
         * @description What an evaluation may use. The defaults are the product's; a gateway's settings hold the maxima.
         */
        Limits: {
            /**
             * @description wall-clock time of one attempt
             * @default 60
             */
            wall_seconds: number;
            /**
             * @description CPU time of one attempt
             * @default 60
             */
            cpu_seconds: number;
            /**
             * @description processors at once
             * @default 1
             */
            cpus: number;
            /**
             * @description memory, swap included
             * @default 268435456
             */
            memory_bytes: number;
            /**
             * @description processes and threads at once
             * @default 64
             */
            pids: number;
            /**
             * @description recorded per stream; more is counted, not kept
             * @default 16777216
             */
            output_bytes: number;
            /**
             * @description space of the scratch folder
             * @default 67108864
             */
            scratch_bytes: number;
            /**
             * @description files in the scratch folder
             * @default 4096
             */
            scratch_inodes: number;
            /**
             * @description size of one file
             * @default 67108864
             */
            file_bytes: number;
            /**
             * @description open files of one process
             * @default 256
             */
            open_files: number;
            /**
             * @description files that come back
             * @default 100
             */
            artifact_files: number;
            /**
             * @description size of all of them together
             * @default 16777216
             */
            artifact_bytes: number;
        };
        /**
         * Usage
         * @description What an attempt used. A figure that the engine cannot measure is absent, never zero.
         */
        Usage: {
            wall_seconds: number;
            /** @default null */
            cpu_seconds: number | null;
            /** @default null */
            peak_memory_bytes: number | null;
            /** @default null */
            start_seconds: number | null;
            /** @default null */
            warm: boolean | null;
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
            total_bytes: number;
            /** @default 0 */
            head_bytes: number;
            /** @default 0 */
            dropped_bytes: number;
            /** @default 0 */
            tail_bytes: number;
            /**
             * @description hex digest of the recorded bytes, head then tail
             * @default
             */
            sha256: string;
            /** @default 0 */
            chunks: number;
        };
        /**
         * CompileResult
         * @description How compiling went. It has limits of its own, which the server sets. Its words are the stream compiler.
         */
        CompileResult: {
            /** @default null */
            exit_code: number | null;
            /** @default null */
            signal: number | null;
            /** @default  */
            detail: string;
            /** @default null */
            usage: components["schemas"]["Usage"] | null;
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
            passed: number;
            /** @default 0 */
            failed: number;
            /**
             * @description not run: after a failure (fail_fast), or over before their turn
             * @default 0
             */
            skipped: number;
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
         * EvaluationPage
         * @description A page of evaluations. Its items are without `attempts`, `artifacts` and `skipped_artifacts`, but counted.
         * @example {
         *       "items": [
         *         {
         *           "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *           "status": "completed",
         *           "outcome": "succeeded",
         *           "exit_code": 0,
         *           "signal": null,
         *           "failure_domain": null,
         *           "limit": null,
         *           "reached": [],
         *           "detail": "",
         *           "attempt": 1,
         *           "attempts": [],
         *           "language": "python",
         *           "name": "sum.py",
         *           "engine_requested": "auto",
         *           "engine": "gvisor",
         *           "runtime": "runsc",
         *           "image": "python",
         *           "image_digest": "",
         *           "enforced": [],
         *           "shortfalls": [],
         *           "executor": "executor-1",
         *           "priority": "normal",
         *           "requested": {},
         *           "limits": {
         *             "wall_seconds": 60,
         *             "cpu_seconds": 60,
         *             "cpus": 1,
         *             "memory_bytes": 268435456,
         *             "pids": 64,
         *             "output_bytes": 16777216,
         *             "scratch_bytes": 67108864,
         *             "scratch_inodes": 4096,
         *             "file_bytes": 67108864,
         *             "open_files": 256,
         *             "artifact_files": 100,
         *             "artifact_bytes": 16777216
         *           },
         *           "usage": {
         *             "wall_seconds": 0.43,
         *             "cpu_seconds": 0.03,
         *             "peak_memory_bytes": 3276800,
         *             "start_seconds": null,
         *             "warm": true
         *           },
         *           "stdout": {
         *             "total_bytes": 3,
         *             "head_bytes": 3,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
         *             "chunks": 1
         *           },
         *           "stderr": {
         *             "total_bytes": 0,
         *             "head_bytes": 0,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "",
         *             "chunks": 0
         *           },
         *           "compiler": {
         *             "total_bytes": 0,
         *             "head_bytes": 0,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "",
         *             "chunks": 0
         *           },
         *           "compilation": null,
         *           "artifact_count": 1,
         *           "artifacts": [],
         *           "skipped_artifacts": [],
         *           "artifact_bytes": {
         *             "total_bytes": 0,
         *             "head_bytes": 0,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "",
         *             "chunks": 0
         *           },
         *           "cases": {
         *             "total": 1,
         *             "passed": 1,
         *             "failed": 0,
         *             "skipped": 0
         *           },
         *           "archived": [],
         *           "labels": {
         *             "model": "m-7",
         *             "task": "sum"
         *           },
         *           "retry": {},
         *           "max_attempts": 3,
         *           "turns": null,
         *           "rerun_of": null,
         *           "batch": null,
         *           "schedule": null,
         *           "due_at": null,
         *           "late_seconds": 0,
         *           "submitted_at": "2026-11-26T12:00:00Z",
         *           "queued_at": "2026-11-26T12:00:00Z",
         *           "started_at": "2026-11-26T12:00:00.250000Z",
         *           "completed_at": "2026-11-26T12:00:01.250000Z",
         *           "trace_id": null,
         *           "sequence": 3
         *         }
         *       ],
         *       "next_cursor": null,
         *       "prev_cursor": null
         *     }
         */
        EvaluationPage: {
            items: components["schemas"]["EvaluationView"][];
            /** @default null */
            next_cursor: string | null;
            /** @default null */
            prev_cursor: string | null;
        };
        /**
         * SubmitBatch
         * @description The body of ``POST /v1/batches``: either `evaluations`, or `template` with `parameters`.
         *
         *         Of `parameters` every combination of values makes one evaluation, the last name varying fastest. Its values are
         *         variables of the program's environment, and take the place of ``{{NAME}}`` in `argv` and `stdin` of the template.
         * @example {
         *       "template": {
         *         "code": "import os\nprint(os.environ['SEED'])"
         *       },
         *       "parameters": {
         *         "SEED": [
         *           "1",
         *           "2",
         *           "3"
         *         ]
         *       },
         *       "name": "grid",
         *       "concurrency": 2
         *     }
         */
        SubmitBatch: {
            /** @default null */
            evaluations?: components["schemas"]["SubmitEvaluation"][] | null;
            /** @default null */
            template?: components["schemas"]["SubmitEvaluation"] | null;
            /** @default null */
            parameters?: {
                [key: string]: string[];
            } | null;
            /**
             * @description the client's word for the batch
             * @default
             */
            name?: string;
            /** @default null */
            concurrency?: number | null;
            /**
             * @description added to those of each evaluation
             * @default {}
             */
            labels?: {
                [key: string]: string;
            };
        };
        /**
         * RerunBatch
         * @description The body of ``POST /v1/batches/{id}/rerun``; it may be empty.
         * @example {}
         */
        RerunBatch: {
            /**
             * @description failed: what is over and did not succeed, dead letters too
             * @default failed
             * @enum {unknown}
             */
            only?: "all" | "failed";
        };
        /**
         * BatchAccepted
         * @description The answer to a batch: every evaluation of it is on the log and will run.
         * @example {
         *       "id": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *       "size": 3,
         *       "links": {
         *         "self": "/v1/batches/01a21861-c45b-70ee-bbb2-6e55cced55e9"
         *       }
         *     }
         */
        BatchAccepted: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @description evaluations of the batch */
            size: number;
            /**
             * @description self, evaluations, events, cancel, rerun
             * @default {}
             */
            links: {
                [key: string]: string;
            };
        };
        /**
         * BatchView
         * @description A batch and how far it is. Counts are a moment behind the log, but never beyond it.
         * @example {
         *       "id": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *       "name": "grid",
         *       "size": 3,
         *       "concurrency": null,
         *       "by_status": {
         *         "completed": 2,
         *         "running": 1
         *       },
         *       "by_outcome": {
         *         "succeeded": 2
         *       },
         *       "created_at": "2026-11-26T12:00:00Z",
         *       "completed_at": null
         *     }
         */
        BatchView: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @default  */
            name: string;
            /** @description evaluations of the batch */
            size: number;
            /** @default null */
            concurrency: number | null;
            /**
             * @description evaluations in each status; together they are size
             * @default {}
             */
            by_status: {
                [key: string]: number;
            };
            /**
             * @description evaluations with each outcome, so far
             * @default {}
             */
            by_outcome: {
                [key: string]: number;
            };
            /** @default null */
            created_at: string | null;
            /**
             * @description when the last one was over
             * @default null
             */
            completed_at: string | null;
        };
        /**
         * BatchPage
         * @description A page of batches, newest first.
         * @example {
         *       "items": [
         *         {
         *           "id": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *           "name": "grid",
         *           "size": 3,
         *           "concurrency": null,
         *           "by_status": {
         *             "completed": 2,
         *             "running": 1
         *           },
         *           "by_outcome": {
         *             "succeeded": 2
         *           },
         *           "created_at": "2026-11-26T12:00:00Z",
         *           "completed_at": null
         *         }
         *       ],
         *       "next_cursor": null,
         *       "prev_cursor": null
         *     }
         */
        BatchPage: {
            items: components["schemas"]["BatchView"][];
            /** @default null */
            next_cursor: string | null;
            /** @default null */
            prev_cursor: string | null;
        };
        /**
         * BatchProgress
         * @description How far a batch is at one place of the log. Its feed tells it behind the events that changed it.
         * @example {
         *       "id": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *       "size": 3,
         *       "over": 2,
         *       "by_status": {
         *         "completed": 2,
         *         "running": 1
         *       },
         *       "by_outcome": {
         *         "succeeded": 2
         *       }
         *     }
         */
        BatchProgress: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @description evaluations of the batch */
            size: number;
            /** @description evaluations that nothing more will happen to */
            over: number;
            /** @description evaluations in each status; together they are size */
            by_status: {
                [key: string]: number;
            };
            /** @description evaluations with each outcome, so far */
            by_outcome: {
                [key: string]: number;
            };
        };
        /**
         * BatchCancelled
         * @description The answer to the cancellation of a batch.
         * @example {
         *       "id": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *       "cancelled": 1,
         *       "already_over": 2
         *     }
         */
        BatchCancelled: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @description evaluations that have ended or are being ended */
            cancelled: number;
            /** @description evaluations that were over before */
            already_over: number;
        };
        /**
         * CaseList
         * @description The cases that are over, of the attempt that counts.
         * @example {
         *       "attempt": 1,
         *       "complete": true,
         *       "total": 1,
         *       "items": [
         *         {
         *           "index": 0,
         *           "name": "",
         *           "outcome": "succeeded",
         *           "passed": true,
         *           "exit_code": 0,
         *           "signal": null,
         *           "domain": null,
         *           "limit": null,
         *           "reached": [],
         *           "detail": "",
         *           "usage": null,
         *           "stdout": {
         *             "total_bytes": 0,
         *             "head_bytes": 0,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "",
         *             "chunks": 0
         *           },
         *           "stderr": {
         *             "total_bytes": 0,
         *             "head_bytes": 0,
         *             "dropped_bytes": 0,
         *             "tail_bytes": 0,
         *             "sha256": "",
         *             "chunks": 0
         *           },
         *           "stdout_offset": 0,
         *           "stderr_offset": 0
         *         }
         *       ]
         *     }
         */
        CaseList: {
            /** @description the attempt that counts, 0 for none */
            attempt: number;
            /** @description false while results may still come */
            complete: boolean;
            /** @description cases of the submission */
            total: number;
            /**
             * @description in order of their index
             * @default []
             */
            items: components["schemas"]["CaseResult"][];
        };
        /**
         * CaseResult
         * @description What became of one case: its `CaseCompleted` event.
         */
        CaseResult: {
            /** @description place of the case in the submission, from 0 */
            index: number;
            /** @default  */
            name: string;
            /** @enum {unknown} */
            outcome: "cancelled" | "compile_failed" | "failed" | "out_of_memory" | "succeeded" | "timed_out";
            passed: boolean;
            /** @default null */
            exit_code: number | null;
            /** @default null */
            signal: number | null;
            /** @default null */
            domain: ("infrastructure" | "limit" | "program") | null;
            /** @default null */
            limit: string | null;
            /** @default [] */
            reached: string[];
            /** @default  */
            detail: string;
            /** @default null */
            usage: components["schemas"]["Usage"] | null;
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
            stdout: components["schemas"]["OutputSummary"];
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
            stderr: components["schemas"]["OutputSummary"];
            /**
             * @description where its recorded stdout begins in that of the attempt
             * @default 0
             */
            stdout_offset: number;
            /** @default 0 */
            stderr_offset: number;
        };
        /**
         * ArtifactList
         * @description The files that the program left, and those that did not come back.
         * @example {
         *       "attempt": 1,
         *       "complete": true,
         *       "items": [
         *         {
         *           "name": "squares.csv",
         *           "size": 8,
         *           "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
         *           "offset": 0
         *         }
         *       ],
         *       "skipped": []
         *     }
         */
        ArtifactList: {
            /** @description the attempt that counts, 0 for none */
            attempt: number;
            /** @description false until the program is over */
            complete: boolean;
            /** @default [] */
            items: components["schemas"]["Artifact"][];
            /** @default [] */
            skipped: components["schemas"]["SkippedArtifact"][];
        };
        /**
         * AttemptList
         * @description Every attempt of an evaluation, in order.
         * @example {
         *       "items": [
         *         {
         *           "number": 1,
         *           "queued_at": "2026-11-26T12:00:00Z",
         *           "outcome": "succeeded"
         *         }
         *       ],
         *       "counts": 1,
         *       "complete": true,
         *       "max_attempts": 3
         *     }
         */
        AttemptList: {
            /** @default [] */
            items: components["schemas"]["AttemptView"][];
            /**
             * @description the attempt whose output counts, 0 for none
             * @default 0
             */
            counts: number;
            /**
             * @description false while another may come
             * @default false
             */
            complete: boolean;
            /**
             * @description attempts before it is given up
             * @default 3
             */
            max_attempts: number;
        };
        /**
         * Timeline
         * @description The spans of one evaluation, each after the one that it is a part of; none before its first event.
         * @example {
         *       "trace_id": "0af7651916cd43dd8448eb211c80319c",
         *       "complete": false,
         *       "spans": [
         *         {
         *           "id": "evaluation",
         *           "name": "evaluation",
         *           "kind": "internal",
         *           "started_at": "2026-11-26T12:00:00Z",
         *           "attributes": {
         *             "cloche.evaluation.id": "01a21861-bbf3-7038-b942-0e64e1468e3d"
         *           }
         *         },
         *         {
         *           "id": "attempt-1",
         *           "parent": "evaluation",
         *           "name": "run attempt",
         *           "kind": "consumer",
         *           "started_at": "2026-11-26T12:00:00Z",
         *           "attempt": 1,
         *           "attributes": {
         *             "cloche.attempt": 1,
         *             "cloche.engine": "gvisor"
         *           }
         *         }
         *       ]
         *     }
         */
        Timeline: {
            /** @default null */
            trace_id: string | null;
            /**
             * @description it is over; `archive output` may still be to come
             * @default false
             */
            complete: boolean;
            /** @default [] */
            spans: components["schemas"]["TimelineSpan"][];
        };
        /**
         * TimelineSpan
         * @description Something that took time. `ended_at` is absent while it goes on.
         */
        TimelineSpan: {
            /** @description unique in the timeline: attempt-1/run-program */
            id: string;
            /** @default null */
            parent?: string | null;
            /** @enum {unknown} */
            name: "archive output" | "back off" | "cancel" | "case" | "compile" | "dequeue" | "evaluation" | "run attempt" | "run program" | "start sandbox" | "wait until due";
            /** @enum {unknown} */
            kind: "consumer" | "internal";
            started_at: string;
            /** @default null */
            ended_at?: string | null;
            /**
             * @description number of the attempt, 0 for none
             * @default 0
             */
            attempt?: number;
            /**
             * @description how it ended: an outcome, or the reason of a failure
             * @default
             */
            end?: string;
            /** @default false */
            failed?: boolean;
            /**
             * @description its length was measured; where it lies follows from the events
             * @default false
             */
            measured?: boolean;
            /**
             * @description what the events say of it, by the names that recorded spans have
             * @default {}
             */
            attributes?: {
                [key: string]: string | number | boolean;
            };
        };
        /**
         * OutputMatches
         * @description A page of matching lines, at most one match of each.
         * @example {
         *       "attempt": 1,
         *       "complete": true,
         *       "items": [
         *         {
         *           "line": 1,
         *           "offset": 0,
         *           "text": "KeyError: 'a'"
         *         }
         *       ],
         *       "more": false,
         *       "next_cursor": null
         *     }
         */
        OutputMatches: {
            /** @description the attempt that was searched, 0 for none */
            attempt: number;
            /** @description false while the program may still write */
            complete: boolean;
            /** @default [] */
            items: components["schemas"]["OutputMatch"][];
            /**
             * @description there is output that was not searched yet
             * @default false
             */
            more: boolean;
            /** @default null */
            next_cursor: string | null;
        };
        /**
         * OutputMatch
         * @description A line of output that holds what was searched for.
         */
        OutputMatch: {
            /** @description its number, from 1 */
            line: number;
            /** @description of the first byte that matches, in the recorded bytes */
            offset: number;
            /** @description the line, or what lies around the match, as UTF-8 */
            text: string;
            /**
             * @description there is more of the line than text
             * @default false
             */
            cut?: boolean;
        };
        /**
         * BlobView
         * @description Bytes that are stored, and can be named in a submission.
         * @example {
         *       "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
         *       "size": 5
         *     }
         */
        BlobView: {
            /** @description SHA-256 in hex, lower case */
            sha256: string;
            size: number;
        };
        /**
         * SelectDeadLetters
         * @description The body of ``POST /v1/dead-letters/requeue`` and ``…/purge``: of those that fit, the oldest `limit`.
         * @example {
         *       "kind": "evaluation",
         *       "reason": "executor_lost"
         *     }
         */
        SelectDeadLetters: {
            /** @default null */
            kind?: ("evaluation" | "message") | null;
            /** @default null */
            reason?: string | null;
            /** @default null */
            handler?: string | null;
            /** @default null */
            since?: string | null;
            /**
             * @description no more than so many
             * @default 100
             */
            limit?: number;
            /** @default null */
            cursor?: string | null;
        };
        /**
         * DeadLetter
         * @description Something that was given up: an evaluation after its last attempt, or a message that a handler could not digest.
         *
         *         `payload` or `payload_base64` is there when one letter is asked for.
         * @example {
         *       "id": "evaluation-77",
         *       "kind": "evaluation",
         *       "handler": "scheduler",
         *       "reason": "executor_lost",
         *       "detail": "",
         *       "evaluation": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "deliveries": 3,
         *       "subject": "evaluations.main.01a21861-bbf3-7038-b942-0e64e1468e3d.lifecycle.queued.auto.normal",
         *       "sequence": 77,
         *       "time": "2026-11-26T12:00:00Z",
         *       "parked_at": "2026-11-26T12:00:01.250000Z",
         *       "size": 0,
         *       "payload": null,
         *       "payload_base64": null
         *     }
         */
        DeadLetter: {
            id: string;
            /** @enum {unknown} */
            kind: "evaluation" | "message";
            /** @description who gave it up */
            handler: string;
            /** @description slug */
            reason: string;
            /** @default  */
            detail: string;
            /** @default null */
            evaluation: string | null;
            /** @description how often it was tried: deliveries or attempts */
            deliveries: number;
            /** @description where the message lies on the log */
            subject: string;
            /** @description its sequence there */
            sequence: number;
            /** @description when the message came there */
            time: string;
            /** @default null */
            parked_at: string | null;
            /**
             * @description bytes of the payload that are kept with the letter
             * @default 0
             */
            size: number;
            /**
             * @description the message, where it is JSON
             * @default null
             */
            payload: unknown;
            /** @default null */
            payload_base64: string | null;
        };
        /**
         * DeadLetterPage
         * @description A page of dead letters, oldest first.
         * @example {
         *       "items": [
         *         {
         *           "id": "evaluation-77",
         *           "kind": "evaluation",
         *           "handler": "scheduler",
         *           "reason": "executor_lost",
         *           "detail": "",
         *           "evaluation": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *           "deliveries": 3,
         *           "subject": "evaluations.main.01a21861-bbf3-7038-b942-0e64e1468e3d.lifecycle.queued.auto.normal",
         *           "sequence": 77,
         *           "time": "2026-11-26T12:00:00Z",
         *           "parked_at": "2026-11-26T12:00:01.250000Z",
         *           "size": 0,
         *           "payload": null,
         *           "payload_base64": null
         *         }
         *       ],
         *       "next_cursor": null,
         *       "prev_cursor": null
         *     }
         */
        DeadLetterPage: {
            items: components["schemas"]["DeadLetter"][];
            /** @default null */
            next_cursor: string | null;
            /** @default null */
            prev_cursor: string | null;
        };
        /**
         * Requeued
         * @description A dead letter on its way again, as a new evaluation.
         * @example {
         *       "letter": "evaluation-77",
         *       "evaluation": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *       "rerun_of": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "links": {}
         *     }
         */
        Requeued: {
            letter: string;
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            evaluation: string;
            /** @default null */
            rerun_of: string | null;
            /** @default {} */
            links: {
                [key: string]: string;
            };
        };
        /**
         * RequeueReport
         * @description What became of the dead letters of a filter.
         * @example {
         *       "requeued": 1,
         *       "items": [
         *         {
         *           "letter": "evaluation-77",
         *           "evaluation": "01a21861-c45b-70ee-bbb2-6e55cced55e9",
         *           "rerun_of": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *           "links": {}
         *         }
         *       ],
         *       "refused": [],
         *       "next_cursor": null
         *     }
         */
        RequeueReport: {
            /** @description how many are on their way again */
            requeued: number;
            /** @default [] */
            items: components["schemas"]["Requeued"][];
            /**
             * @description these stay where they are
             * @default []
             */
            refused: components["schemas"]["NotRequeued"][];
            /** @default null */
            next_cursor: string | null;
        };
        /**
         * NotRequeued
         * @description A dead letter that stays, and why.
         */
        NotRequeued: {
            letter: string;
            /** @description as of the problem that it would be alone */
            code: string;
            /** @default  */
            detail: string;
        };
        /**
         * PurgeReport
         * @description How many dead letters of a filter were thrown away.
         * @example {
         *       "purged": 1,
         *       "next_cursor": null
         *     }
         */
        PurgeReport: {
            purged: number;
            /** @default null */
            next_cursor: string | null;
        };
        /**
         * LanguageList
         * @description What `language`, `image` and the names in `env` of a submission may be.
         * @example {
         *       "items": [
         *         {
         *           "name": "python",
         *           "image": "python",
         *           "suffixes": [
         *             ".py"
         *           ],
         *           "compiled": false
         *         }
         *       ],
         *       "images": [
         *         "python"
         *       ],
         *       "env": [
         *         "APP_*",
         *         "SEED"
         *       ]
         *     }
         */
        LanguageList: {
            items: components["schemas"]["LanguageView"][];
            images: string[];
            /**
             * @description names; * stands for any letters
             * @default []
             */
            env: string[];
        };
        /**
         * LanguageView
         * @description One language that programs may be written in.
         */
        LanguageView: {
            /** @description name of a language: GET /v1/languages lists them */
            name: string;
            /** @description image that it runs in unless another is asked for */
            image: string;
            /** @description ends of file names that tell it */
            suffixes: string[];
            /** @description compiled once, in a sandbox of its own */
            compiled: boolean;
        };
        /**
         * CreateSchedule
         * @description Body of ``POST /v1/schedules``.
         * @example {
         *       "name": "nightly",
         *       "cron": "0 3 * * *",
         *       "timezone": "Europe/Berlin",
         *       "evaluation": {
         *         "code": "print('good night')"
         *       },
         *       "paused": false
         *     }
         */
        CreateSchedule: {
            /** @description for people */
            name: string;
            /** @description minute, hour, day of month, month, day of week, as Debian's cron; or @hourly, @daily, @weekly, @monthly, @yearly; or @every 90s, 5m, 1h, 2d, counted from when it was made */
            cron: string;
            /**
             * @description name of the IANA database: Europe/Berlin
             * @default UTC
             */
            timezone?: string;
            /** @description what is submitted each time */
            evaluation: components["schemas"]["SubmitEvaluation"];
            /** @default false */
            paused?: boolean;
        };
        /**
         * ScheduleView
         * @description A schedule as the API shows it.
         * @example {
         *       "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "name": "nightly",
         *       "cron": "0 3 * * *",
         *       "timezone": "Europe/Berlin",
         *       "paused": false,
         *       "evaluation": {
         *         "code": "print('good night')"
         *       },
         *       "created_at": "2026-11-26T12:00:00Z",
         *       "created_by": "",
         *       "next_due": "2026-11-27T02:00:00Z",
         *       "last_due": null,
         *       "last_evaluation": null,
         *       "last_late_seconds": 0,
         *       "missed": 0,
         *       "problem": ""
         *     }
         */
        ScheduleView: {
            /** @description UUIDv7 (RFC 9562), lower case */
            id: string;
            name: string;
            /** @description minute, hour, day of month, month, day of week, as Debian's cron; or @hourly, @daily, @weekly, @monthly, @yearly; or @every 90s, 5m, 1h, 2d, counted from when it was made */
            cron: string;
            /** @description name of the IANA database: Europe/Berlin */
            timezone: string;
            paused: boolean;
            evaluation: components["schemas"]["EvaluationSpec"];
            created_at: string;
            /** @default  */
            created_by: string;
            /**
             * @description absent while it is paused
             * @default null
             */
            next_due: string | null;
            /**
             * @description the last due time that was served
             * @default null
             */
            last_due: string | null;
            /**
             * @description what was submitted for last_due
             * @default null
             */
            last_evaluation: string | null;
            /**
             * @description how much later than last_due it was submitted
             * @default 0
             */
            last_late_seconds: number;
            /**
             * @description due times so far that a later one stood in for, as after an outage
             * @default 0
             */
            missed: number;
            /**
             * @description why nothing was submitted for last_due; empty if it was
             * @default
             */
            problem: string;
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
         * ScheduleList
         * @description Every schedule of a tenant, oldest first, without the text of their programs.
         * @example {
         *       "items": [
         *         {
         *           "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *           "name": "nightly",
         *           "cron": "0 3 * * *",
         *           "timezone": "Europe/Berlin",
         *           "paused": false,
         *           "evaluation": {
         *             "code": "print('good night')"
         *           },
         *           "created_at": "2026-11-26T12:00:00Z",
         *           "created_by": "",
         *           "next_due": "2026-11-27T02:00:00Z",
         *           "last_due": null,
         *           "last_evaluation": null,
         *           "last_late_seconds": 0,
         *           "missed": 0,
         *           "problem": ""
         *         }
         *       ]
         *     }
         */
        ScheduleList: {
            /** @default [] */
            items: components["schemas"]["ScheduleView"][];
        };
        /**
         * QueueView
         * @description The queue as of now. A tenant sees its own lines; operators see everybody's.
         * @example {
         *       "lines": [
         *         {
         *           "tenant": "main",
         *           "engine": "auto",
         *           "priority": "normal",
         *           "waiting": 3,
         *           "held": 0,
         *           "running": 0,
         *           "oldest_seconds": 1.5
         *         }
         *       ],
         *       "tenants": [
         *         {
         *           "tenant": "main",
         *           "waiting": 3,
         *           "running": 1,
         *           "scheduled": 0,
         *           "retry_pending": 0,
         *           "max_queued": 200000,
         *           "max_running": null
         *         }
         *       ],
         *       "recent": {
         *         "seconds": 300,
         *         "started": 40,
         *         "completed": 39,
         *         "completed_per_second": 0.13,
         *         "wait_p50": null,
         *         "wait_p95": null,
         *         "wait_p99": null
         *       },
         *       "slots": 4,
         *       "busy": 1,
         *       "executors": 1
         *     }
         */
        QueueView: {
            /** @default [] */
            lines: components["schemas"]["QueueLine"][];
            /** @default [] */
            tenants: components["schemas"]["TenantLoad"][];
            recent: components["schemas"]["WaitTimes"];
            /** @default 0 */
            slots: number;
            /** @default 0 */
            busy: number;
            /** @default 0 */
            executors: number;
        };
        /**
         * QueueLine
         * @description Everything of one tenant that waits for one engine with one priority, or runs.
         */
        QueueLine: {
            /** @description server-made token of the owning tenant */
            tenant: string;
            /** @enum {unknown} */
            engine: "auto" | "bubblewrap" | "docker" | "gvisor";
            /** @enum {unknown} */
            priority: "high" | "low" | "normal";
            /**
             * @description queued, in the work queue or held back
             * @default 0
             */
            waiting: number;
            /**
             * @description of these, held back until it is their turn
             * @default 0
             */
            held: number;
            /** @default 0 */
            running: number;
            /** @default null */
            oldest_seconds: number | null;
        };
        /**
         * TenantLoad
         * @description What a tenant has in the system, and what it may have at most.
         */
        TenantLoad: {
            /** @description server-made token of the owning tenant */
            tenant: string;
            /** @default 0 */
            waiting: number;
            /** @default 0 */
            running: number;
            /** @default 0 */
            scheduled: number;
            /** @default 0 */
            retry_pending: number;
            /** @description queued and running together; more is refused */
            max_queued: number;
            /**
             * @description absent: no cap of its own
             * @default null
             */
            max_running: number | null;
        };
        /**
         * WaitTimes
         * @description Of those that started, or ended, within the last `seconds`.
         */
        WaitTimes: {
            seconds: number;
            /** @default 0 */
            started: number;
            /** @default 0 */
            completed: number;
            /** @default 0 */
            completed_per_second: number;
            /**
             * @description seconds from queued to started
             * @default null
             */
            wait_p50: number | null;
            /** @default null */
            wait_p95: number | null;
            /** @default null */
            wait_p99: number | null;
        };
        /**
         * QueuePlace
         * @description Where an evaluation stands in the queue.
         * @example {
         *       "id": "01a21861-bbf3-7038-b942-0e64e1468e3d",
         *       "status": "queued",
         *       "reason": "no_free_slot",
         *       "detail": "all 4 slots that take auto are busy",
         *       "ahead": 2,
         *       "waited_seconds": 1.5,
         *       "until": null
         *     }
         */
        QueuePlace: {
            /** @description UUIDv7 (RFC 9562), or UUIDv8 where it is derived, lower case */
            id: string;
            /** @enum {unknown} */
            status: "cancelling" | "completed" | "dead_lettered" | "queued" | "retry_pending" | "running" | "scheduled";
            /**
             * @description why it waits; absent if it does not
             * @default null
             */
            reason: ("backing_off" | "batch_limit" | "no_executor" | "no_free_slot" | "not_due" | "tenant_cap" | "turn") | null;
            /** @default  */
            detail: string;
            /** @default null */
            ahead: number | null;
            /** @default null */
            waited_seconds: number | null;
            /**
             * @description when it is due
             * @default null
             */
            until: string | null;
        };
        /**
         * ExecutorList
         * @description The executors that are there, by name.
         * @example {
         *       "items": [
         *         {
         *           "executor": "executor-1",
         *           "version": "0.1.0",
         *           "slots": 4,
         *           "busy": 1,
         *           "draining": false,
         *           "takes": [
         *             "auto",
         *             "gvisor",
         *             "docker"
         *           ],
         *           "engines": [
         *             {
         *               "name": "gvisor",
         *               "runtime": "runsc",
         *               "strength": "own kernel",
         *               "able": true,
         *               "warm": 2
         *             },
         *             {
         *               "name": "docker",
         *               "runtime": "runc",
         *               "strength": "shared kernel",
         *               "able": true,
         *               "warm": 2
         *             }
         *           ],
         *           "started_at": "2026-11-26T12:00:00Z",
         *           "said_at": "2026-11-26T12:00:01.250000Z"
         *         }
         *       ],
         *       "slots": 4,
         *       "busy": 1
         *     }
         */
        ExecutorList: {
            /** @default [] */
            items: components["schemas"]["ExecutorState"][];
            /** @default 0 */
            slots: number;
            /** @default 0 */
            busy: number;
        };
        /**
         * ExecutorState
         * @description What an executor says of itself every few seconds; one that falls silent is forgotten.
         */
        ExecutorState: {
            /** @description name of the process */
            executor: string;
            /** @default  */
            version: string;
            /** @description attempts that it runs at once */
            slots: number;
            /**
             * @description slots in use
             * @default 0
             */
            busy: number;
            /**
             * @description it takes nothing on any more
             * @default false
             */
            draining: boolean;
            /**
             * @description engines that it takes work for now
             * @default []
             */
            takes: ("auto" | "bubblewrap" | "docker" | "gvisor")[];
            /**
             * @description strongest first
             * @default []
             */
            engines: components["schemas"]["EngineState"][];
            started_at: string;
            /** @description when it said this */
            said_at: string;
        };
        /**
         * EngineState
         * @description One engine of an executor.
         */
        EngineState: {
            /** @enum {unknown} */
            name: "bubblewrap" | "docker" | "gvisor";
            /** @default  */
            runtime: string;
            /**
             * @description how far its sandboxes can be trusted
             * @default
             */
            strength: string;
            /**
             * @description false while it does not answer
             * @default true
             */
            able: boolean;
            /**
             * @description sandboxes that wait, started ahead
             * @default 0
             */
            warm: number;
        };
        /**
         * PlatformHealth
         * @description The platform as of `at`. It is answered with 200 whatever it says: `status` tells.
         * @example {
         *       "status": "degraded",
         *       "at": "2026-11-26T12:00:00Z",
         *       "problems": [
         *         "read_models: no answer within 2 s"
         *       ],
         *       "edges": [
         *         {
         *           "name": "log",
         *           "status": "up",
         *           "detail": "",
         *           "latency_seconds": 0.002,
         *           "breaker": "closed"
         *         },
         *         {
         *           "name": "read_models",
         *           "status": "down",
         *           "detail": "no answer within 2 s",
         *           "latency_seconds": null,
         *           "breaker": "open"
         *         }
         *       ],
         *       "services": [
         *         {
         *           "service": "executor",
         *           "status": "up",
         *           "detail": "",
         *           "instance": "executor-1",
         *           "version": "",
         *           "heard_at": "2026-11-26T12:00:00Z",
         *           "silent_seconds": 1.5
         *         }
         *       ],
         *       "jobs": [
         *         {
         *           "name": "dispatcher",
         *           "held": true
         *         }
         *       ],
         *       "streams": [
         *         {
         *           "name": "EVALUATIONS",
         *           "status": "up",
         *           "detail": "",
         *           "messages": 1200,
         *           "bytes": 960000,
         *           "max_bytes": null,
         *           "first_sequence": 1,
         *           "last_sequence": 1200,
         *           "replicas": 1,
         *           "replicas_behind": 0,
         *           "leader": ""
         *         }
         *       ],
         *       "consumers": [
         *         {
         *           "stream": "WORK",
         *           "name": "work-auto-normal",
         *           "status": "up",
         *           "detail": "",
         *           "pending": 3,
         *           "unacked": 0,
         *           "redelivered": 0,
         *           "waiting_pulls": 0,
         *           "delivered_sequence": 0,
         *           "ack_floor_sequence": 0,
         *           "lag_seconds": 0.5
         *         }
         *       ],
         *       "projector": {
         *         "status": "up",
         *         "detail": "",
         *         "sequence": 1198,
         *         "lag": 2,
         *         "lag_seconds": 0.03
         *       },
         *       "archiver": {
         *         "status": "up",
         *         "detail": "",
         *         "sequence": 1190,
         *         "lag": 10,
         *         "lag_seconds": 0.8
         *       }
         *     }
         */
        PlatformHealth: {
            /** @enum {unknown} */
            status: "degraded" | "down" | "ok";
            at: string;
            /**
             * @description a sentence for each thing wrong
             * @default []
             */
            problems: string[];
            /** @default [] */
            edges: components["schemas"]["EdgeHealth"][];
            /** @default [] */
            services: components["schemas"]["ServiceHealth"][];
            /** @default [] */
            jobs: components["schemas"]["JobHealth"][];
            /** @default [] */
            streams: components["schemas"]["StreamHealth"][];
            /** @default [] */
            consumers: components["schemas"]["ConsumerHealth"][];
            projector: components["schemas"]["ReaderHealth"];
            archiver: components["schemas"]["ReaderHealth"];
        };
        /**
         * EdgeHealth
         * @description What the gateway calls: the log (NATS), the read models (PostgreSQL), the store of objects (S3).
         */
        EdgeHealth: {
            /** @enum {unknown} */
            name: "log" | "objects" | "read_models";
            /** @enum {unknown} */
            status: "degraded" | "down" | "up";
            /**
             * @description why it is not `up`; empty if it is
             * @default
             */
            detail: string;
            /** @default null */
            latency_seconds: number | null;
            /** @default null */
            breaker: ("closed" | "half_open" | "open") | null;
        };
        /**
         * ServiceHealth
         * @description A process as it was last heard of. Gateways, executors, projector and storage say so.
         */
        ServiceHealth: {
            /** @enum {unknown} */
            service: "executor" | "gateway" | "projector" | "storage";
            /** @enum {unknown} */
            status: "degraded" | "down" | "up";
            /**
             * @description why it is not `up`; empty if it is
             * @default
             */
            detail: string;
            /**
             * @description empty where it does not say its name
             * @default
             */
            instance: string;
            /** @default  */
            version: string;
            /** @default null */
            heard_at: string | null;
            /** @default null */
            silent_seconds: number | null;
        };
        /**
         * JobHealth
         * @description A job that one gateway has at a time, by its lease.
         */
        JobHealth: {
            name: string;
            /** @description some gateway does it; for a moment none may */
            held: boolean;
        };
        /**
         * StreamHealth
         * @description One stream of the log.
         */
        StreamHealth: {
            name: string;
            /** @enum {unknown} */
            status: "degraded" | "down" | "up";
            /**
             * @description why it is not `up`; empty if it is
             * @default
             */
            detail: string;
            /** @default 0 */
            messages: number;
            /** @default 0 */
            bytes: number;
            /**
             * @description absent: no bound
             * @default null
             */
            max_bytes: number | null;
            /** @default 0 */
            first_sequence: number;
            /** @default 0 */
            last_sequence: number;
            /**
             * @description as declared, the leader among them
             * @default 1
             */
            replicas: number;
            /**
             * @description offline or not current
             * @default 0
             */
            replicas_behind: number;
            /**
             * @description empty on a server alone
             * @default
             */
            leader: string;
        };
        /**
         * ConsumerHealth
         * @description One durable consumer of a stream.
         */
        ConsumerHealth: {
            stream: string;
            name: string;
            /** @enum {unknown} */
            status: "degraded" | "down" | "up";
            /**
             * @description why it is not `up`; empty if it is
             * @default
             */
            detail: string;
            /**
             * @description messages that it has not delivered
             * @default 0
             */
            pending: number;
            /**
             * @description delivered, and not acked yet
             * @default 0
             */
            unacked: number;
            /**
             * @description of these, delivered more than once
             * @default 0
             */
            redelivered: number;
            /**
             * @description requests that wait for a message
             * @default 0
             */
            waiting_pulls: number;
            /** @default 0 */
            delivered_sequence: number;
            /**
             * @description everything up to it is acked
             * @default 0
             */
            ack_floor_sequence: number;
            /** @default null */
            lag_seconds: number | null;
        };
        /**
         * ReaderHealth
         * @description How far somebody is who reads the log of record in order: the projector, the archiver.
         */
        ReaderHealth: {
            /** @enum {unknown} */
            status: "degraded" | "down" | "up";
            /**
             * @description why it is not `up`; empty if it is
             * @default
             */
            detail: string;
            /**
             * @description everything up to it is done
             * @default 0
             */
            sequence: number;
            /**
             * @description messages beyond it; absent: not known
             * @default null
             */
            lag: number | null;
            /** @default null */
            lag_seconds: number | null;
        };
        /**
         * CreateTenant
         * @description Body of ``POST /v1/tenants``.
         * @example {
         *       "name": "research",
         *       "max_queued": null,
         *       "max_running": null,
         *       "stream_days": null,
         *       "archive_days": null,
         *       "output_days": null,
         *       "artifacts_days": null,
         *       "rates": null
         *     }
         */
        CreateTenant: {
            /** @description for people; its token is made by the server */
            name: string;
            /** @default null */
            max_queued?: number | null;
            /** @default null */
            max_running?: number | null;
            /** @default null */
            stream_days?: number | null;
            /** @default null */
            archive_days?: number | null;
            /** @default null */
            output_days?: number | null;
            /** @default null */
            artifacts_days?: number | null;
            /** @default null */
            rates?: components["schemas"]["SetRates"] | null;
        };
        /**
         * SetRates
         * @description `Rates` in a request's body.
         */
        SetRates: {
            /** @default null */
            read?: components["schemas"]["SetRate"] | null;
            /** @default null */
            write?: components["schemas"]["SetRate"] | null;
            /** @default null */
            stream?: components["schemas"]["SetRate"] | null;
            /** @default null */
            admin?: components["schemas"]["SetRate"] | null;
        };
        /**
         * SetRate
         * @description A `Rate` in a request's body, where a name that means nothing is refused.
         */
        SetRate: {
            /** @description units a minute, in the long run */
            per_minute: number;
            /** @default null */
            burst?: number | null;
        };
        /**
         * ChangeTenant
         * @description Body of ``PATCH /v1/tenants/{tenant}`` (RFC 7396): what is absent stays, null is the server's default again.
         * @example {
         *       "max_running": 8
         *     }
         */
        ChangeTenant: {
            name?: string;
            max_queued?: number | null;
            max_running?: number | null;
            stream_days?: number | null;
            archive_days?: number | null;
            output_days?: number | null;
            artifacts_days?: number | null;
            rates?: components["schemas"]["SetRates"] | null;
        };
        /**
         * TenantView
         * @description A tenant as the API shows it.
         * @example {
         *       "tenant": "main",
         *       "name": "main",
         *       "created_at": "2026-11-26T12:00:00Z",
         *       "max_queued": null,
         *       "max_running": null,
         *       "stream_days": null,
         *       "archive_days": null,
         *       "output_days": null,
         *       "artifacts_days": null
         *     }
         */
        TenantView: {
            tenant: string;
            name: string;
            /** @default null */
            created_at: string | null;
            /**
             * @description absent: the server's default
             * @default null
             */
            max_queued: number | null;
            /**
             * @description absent: the server's default
             * @default null
             */
            max_running: number | null;
            /**
             * @description how long events stay on the log; absent: the server's default
             * @default null
             */
            stream_days: number | null;
            /**
             * @description how long in the archive
             * @default null
             */
            archive_days: number | null;
            /**
             * @description how long output is kept
             * @default null
             */
            output_days: number | null;
            /**
             * @description how long artifacts are kept
             * @default null
             */
            artifacts_days: number | null;
            /** @description of each of its keys; absent: the server's defaults */
            rates?: components["schemas"]["Rates"];
        };
        /**
         * Rates
         * @description By class; an absent one is that of the tenant, or of the server.
         */
        Rates: {
            /** @default null */
            read?: components["schemas"]["Rate"] | null;
            /** @default null */
            write?: components["schemas"]["Rate"] | null;
            /** @default null */
            stream?: components["schemas"]["Rate"] | null;
            /** @default null */
            admin?: components["schemas"]["Rate"] | null;
        };
        /**
         * Rate
         * @description What one class of routes may cost a key.
         */
        Rate: {
            /** @description units a minute, in the long run */
            per_minute: number;
            /** @default null */
            burst?: number | null;
        };
        /**
         * TenantList
         * @description Every tenant, oldest first.
         * @example {
         *       "items": [
         *         {
         *           "tenant": "main",
         *           "name": "main",
         *           "created_at": "2026-11-26T12:00:00Z",
         *           "max_queued": null,
         *           "max_running": null,
         *           "stream_days": null,
         *           "archive_days": null,
         *           "output_days": null,
         *           "artifacts_days": null
         *         }
         *       ]
         *     }
         */
        TenantList: {
            /** @default [] */
            items: components["schemas"]["TenantView"][];
        };
        /**
         * CreateKey
         * @description Body of ``POST /v1/keys``.
         * @example {
         *       "name": "ci",
         *       "role": "user",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ],
         *       "tenant": null,
         *       "expires_seconds": 2592000,
         *       "require_signature": false,
         *       "rates": null
         *     }
         */
        CreateKey: {
            /** @description for people: who or what uses it */
            name: string;
            /**
             * @default user
             * @enum {unknown}
             */
            role?: "admin" | "operator" | "user";
            /** @default null */
            scopes?: ("admin" | "operate" | "read" | "write")[] | null;
            /**
             * @description default: the caller's own
             * @default null
             */
            tenant?: string | null;
            /** @default null */
            expires_seconds?: number | null;
            /**
             * @description take only requests that are signed (docs/signing.md)
             * @default false
             */
            require_signature?: boolean;
            /** @default null */
            rates?: components["schemas"]["SetRates"] | null;
        };
        /**
         * ChangeKey
         * @description Body of ``PATCH /v1/keys/{key}`` (RFC 7396): what is absent stays.
         * @example {
         *       "name": "ci of the mirror",
         *       "require_signature": true
         *     }
         */
        ChangeKey: {
            name?: string;
            require_signature?: boolean;
            rates?: components["schemas"]["SetRates"] | null;
        };
        /**
         * RotateKey
         * @description Body of ``POST /v1/keys/{key}/rotate``.
         * @example {
         *       "overlap_seconds": 3600
         *     }
         */
        RotateKey: {
            /**
             * @description so long the old secret stays good beside the new one; 0: not at all
             * @default 86400
             */
            overlap_seconds?: number;
        };
        /**
         * NewKey
         * @description Answer to ``POST /v1/keys`` and to a rotation: the only time that the key itself is told.
         * @example {
         *       "api_key": "cloche_abcdefgh2345_000000000000000000000000000000000000000000000000",
         *       "key": {
         *         "id": "abcdefgh2345",
         *         "tenant": "main",
         *         "name": "ci",
         *         "role": "user",
         *         "scopes": [
         *           "read",
         *           "write"
         *         ],
         *         "status": "active",
         *         "created_at": "2026-11-26T12:00:00Z",
         *         "created_by": "first-key",
         *         "expires_at": null,
         *         "revoked_at": null,
         *         "last_used_at": null,
         *         "require_signature": false,
         *         "rotated_at": null,
         *         "previous": null
         *       }
         *     }
         */
        NewKey: {
            /** @description shown once; keep it safe */
            api_key: string;
            key: components["schemas"]["KeyView"];
        };
        /**
         * KeyView
         * @description A key as the API shows it: never what proves it.
         * @example {
         *       "id": "abcdefgh2345",
         *       "tenant": "main",
         *       "name": "ci",
         *       "role": "user",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ],
         *       "status": "active",
         *       "created_at": "2026-11-26T12:00:00Z",
         *       "created_by": "first-key",
         *       "expires_at": null,
         *       "revoked_at": null,
         *       "last_used_at": null,
         *       "require_signature": false,
         *       "rotated_at": null,
         *       "previous": null
         *     }
         */
        KeyView: {
            id: string;
            tenant: string;
            name: string;
            /** @enum {unknown} */
            role: "admin" | "operator" | "user";
            scopes: ("admin" | "operate" | "read" | "write")[];
            /** @enum {unknown} */
            status: "active" | "expired" | "revoked";
            created_at: string;
            /** @default  */
            created_by: string;
            /** @default null */
            expires_at: string | null;
            /** @default null */
            revoked_at: string | null;
            /**
             * @description with any of its secrets, to some minutes; absent: never
             * @default null
             */
            last_used_at: string | null;
            /** @default false */
            require_signature: boolean;
            /** @default null */
            rotated_at: string | null;
            /** @default null */
            previous: components["schemas"]["PreviousView"] | null;
            /** @description absent: those of the tenant */
            rates?: components["schemas"]["Rates"];
        };
        /**
         * PreviousView
         * @description The secret before a rotation, while it is good.
         */
        PreviousView: {
            until: string;
            /**
             * @description of the old secret, to some minutes; absent: never
             * @default null
             */
            last_used_at: string | null;
        };
        /**
         * KeyList
         * @description Keys, oldest first.
         * @example {
         *       "items": [
         *         {
         *           "id": "abcdefgh2345",
         *           "tenant": "main",
         *           "name": "ci",
         *           "role": "user",
         *           "scopes": [
         *             "read",
         *             "write"
         *           ],
         *           "status": "active",
         *           "created_at": "2026-11-26T12:00:00Z",
         *           "created_by": "first-key",
         *           "expires_at": null,
         *           "revoked_at": null,
         *           "last_used_at": null,
         *           "require_signature": false,
         *           "rotated_at": null,
         *           "previous": null
         *         }
         *       ]
         *     }
         */
        KeyList: {
            /** @default [] */
            items: components["schemas"]["KeyView"][];
        };
        /**
         * ImportRecords
         * @description Body of ``POST /v1/keys/import``: records as ``GET /v1/keys/export`` gives them, one a line there.
         * @example {
         *       "records": [
         *         {
         *           "type": "cloche.access.tenant.v1",
         *           "tenant": "t7",
         *           "name": "research",
         *           "created_at": "2026-11-26T12:00:00Z",
         *           "created_by": "",
         *           "max_queued": null,
         *           "max_running": null,
         *           "stream_days": null,
         *           "archive_days": null,
         *           "output_days": null,
         *           "artifacts_days": null,
         *           "rates": null
         *         }
         *       ]
         *     }
         */
        ImportRecords: {
            /** @description tenants before their keys */
            records: (components["schemas"]["TenantRecord"] | components["schemas"]["KeyRecord"])[];
        };
        /**
         * TenantRecord
         * @description A tenant. `tenant` is the token that stands in subjects.
         */
        TenantRecord: {
            /** @enum {unknown} */
            type: "cloche.access.tenant.v1";
            tenant: string;
            name: string;
            /** Format: date-time */
            created_at: string;
            /** @default  */
            created_by?: string;
            /** @default null */
            max_queued?: number | null;
            /** @default null */
            max_running?: number | null;
            /** @default null */
            stream_days?: number | null;
            /** @default null */
            archive_days?: number | null;
            /** @default null */
            output_days?: number | null;
            /** @default null */
            artifacts_days?: number | null;
            /** @default null */
            rates?: components["schemas"]["Rates"] | null;
        };
        /**
         * KeyRecord
         * @description A key. `digest` is the SHA-256 of its secret part, in hexadecimal.
         *
         *         `signing_key`: what its signatures are checked with, wrapped under a secret of the gateways; empty for a key that
         *         was made before there were any. `previous`: the secret before the last rotation, with the time when it ends.
         */
        KeyRecord: {
            /** @enum {unknown} */
            type: "cloche.access.key.v1";
            id: string;
            tenant: string;
            name: string;
            /** @enum {unknown} */
            role: "admin" | "operator" | "user";
            scopes: ("admin" | "operate" | "read" | "write")[];
            digest: string;
            /** Format: date-time */
            created_at: string;
            /** @default  */
            created_by?: string;
            /** @default null */
            expires_at?: string | null;
            /** @default null */
            revoked_at?: string | null;
            /** @default  */
            revoked_by?: string;
            /** @default false */
            require_signature?: boolean;
            /** @default  */
            signing_key?: string;
            /** @default null */
            previous?: components["schemas"]["PreviousSecret"] | null;
            /** @default null */
            rotated_at?: string | null;
            /** @default  */
            rotated_by?: string;
            /** @default null */
            rates?: components["schemas"]["Rates"] | null;
        };
        /**
         * PreviousSecret
         * @description The secret that a rotation replaced, good until `until`. Fields as of `KeyRecord`.
         */
        PreviousSecret: {
            digest: string;
            /** Format: date-time */
            until: string;
            /** @default  */
            signing_key?: string;
        };
        /**
         * ImportReport
         * @description What became of the records.
         * @example {
         *       "imported": 1,
         *       "unchanged": 0,
         *       "kept": []
         *     }
         */
        ImportReport: {
            /** @default 0 */
            imported: number;
            /**
             * @description there already, the same
             * @default 0
             */
            unchanged: number;
            /**
             * @description tenants and ids of keys that are there and say something else; they stay
             * @default []
             */
            kept: string[];
        };
        /**
         * ProjectionView
         * @description A projection. `building`, `progress` and `target` are of the rebuild under way, or of the last one.
         * @example {
         *       "name": "read-models",
         *       "version": 2,
         *       "sequence": 4711,
         *       "complete": true,
         *       "state": "idle",
         *       "request": null,
         *       "building": null,
         *       "progress": null,
         *       "target": null,
         *       "differences": null,
         *       "previous": null,
         *       "error": "",
         *       "started_at": null,
         *       "finished_at": null
         *     }
         */
        ProjectionView: {
            name: string;
            /** @description of the projection that made the live rows */
            version: number;
            /** @description the live rows are as of this sequence */
            sequence: number;
            /**
             * @description false while rows are made that the log no longer holds
             * @default true
             */
            complete: boolean;
            /**
             * @default idle
             * @enum {unknown}
             */
            state: "comparing" | "failed" | "idle" | "ready" | "rebuilding" | "swapped";
            /**
             * @description asked for, and not done yet
             * @default null
             */
            request: ("abort" | "rebuild" | "rollback" | "swap") | null;
            /**
             * @description version that is being made
             * @default null
             */
            building: number | null;
            /**
             * @description sequence that the new rows are as of
             * @default null
             */
            progress: number | null;
            /**
             * @description sequence that they are to reach
             * @default null
             */
            target: number | null;
            /**
             * @description what the last comparison found
             * @default null
             */
            differences: components["schemas"]["Differences"] | null;
            /**
             * @description version that one can go back to; absent: there is none
             * @default null
             */
            previous: number | null;
            /**
             * @description why it failed, or what it waits for
             * @default
             */
            error: string;
            /** @default null */
            started_at: string | null;
            /** @default null */
            finished_at: string | null;
        };
        /**
         * Differences
         * @description Every row and column of both, compared as of one sequence of the log.
         */
        Differences: {
            sequence: number;
            equal: boolean;
            /** @default [] */
            tables: components["schemas"]["TableDifference"][];
            /**
             * @description some of the rows that differ
             * @default []
             */
            examples: components["schemas"]["RowDifference"][];
        };
        /**
         * TableDifference
         * @description What differs in one table; all zero and empty where nothing does.
         */
        TableDifference: {
            table: string;
            /** @description rows of the live one */
            live: number;
            /** @description rows of the one that was made anew */
            rebuilt: number;
            /**
             * @description rows that only the live one has
             * @default 0
             */
            only_live: number;
            /**
             * @description rows that only the new one has
             * @default 0
             */
            only_rebuilt: number;
            /** @default [] */
            columns: components["schemas"]["ColumnDifference"][];
            /**
             * @description columns that only the live one has; not compared
             * @default []
             */
            columns_only_live: string[];
            /**
             * @description columns that only the new one has; not compared
             * @default []
             */
            columns_only_rebuilt: string[];
        };
        /**
         * ColumnDifference
         * @description A column in which rows that both have are not alike.
         */
        ColumnDifference: {
            column: string;
            /** @description rows that differ in it */
            rows: number;
        };
        /**
         * RowDifference
         * @description One row that differs. Values are shortened.
         */
        RowDifference: {
            table: string;
            /** @description its primary key */
            key: string[];
            /**
             * @description absent: only one of the two has the row
             * @default
             */
            column?: string;
            /**
             * @description place in the column, where that is JSON
             * @default
             */
            pointer?: string;
            /**
             * @description absent: null, or no such row
             * @default null
             */
            live?: string | null;
            /**
             * @description absent: null, or no such row
             * @default null
             */
            rebuilt?: string | null;
        };
        /**
         * ProjectionList
         * @description Every projection.
         * @example {
         *       "items": [
         *         {
         *           "name": "read-models",
         *           "version": 2,
         *           "sequence": 4711,
         *           "complete": true,
         *           "state": "idle",
         *           "request": null,
         *           "building": null,
         *           "progress": null,
         *           "target": null,
         *           "differences": null,
         *           "previous": null,
         *           "error": "",
         *           "started_at": null,
         *           "finished_at": null
         *         }
         *       ]
         *     }
         */
        ProjectionList: {
            /** @default [] */
            items: components["schemas"]["ProjectionView"][];
        };
        /**
         * RebuildProjection
         * @description Body of ``POST /v1/projections/{name}/rebuild``.
         * @example {
         *       "swap": "auto"
         *     }
         */
        RebuildProjection: {
            /**
             * @description auto: if nothing differs or the version is another; else it is kept
             * @default auto
             * @enum {unknown}
             */
            swap?: "always" | "auto" | "never";
        };
        /**
         * UsageReport
         * @description The tenants that were asked for, by their tokens.
         * @example {
         *       "items": [
         *         {
         *           "tenant": "main",
         *           "stream": {
         *             "count": 120,
         *             "bytes": 96000
         *           },
         *           "archive": {
         *             "count": 0,
         *             "bytes": 0
         *           },
         *           "output": {
         *             "count": 0,
         *             "bytes": 0
         *           },
         *           "artifacts": {
         *             "count": 0,
         *             "bytes": 0
         *           }
         *         }
         *       ],
         *       "uncounted": 0,
         *       "objects_at": null
         *     }
         */
        UsageReport: {
            /** @default [] */
            items: components["schemas"]["TenantUsage"][];
            /**
             * @description the newest events that the archive's numbers do not have yet
             * @default 0
             */
            uncounted: number;
            /**
             * @description when objects were counted; absent: not yet
             * @default null
             */
            objects_at: string | null;
        };
        /**
         * TenantUsage
         * @description What is kept of one tenant.
         */
        TenantUsage: {
            tenant: string;
            /**
             * @description events on the log now; their bytes by the mean size of an event
             * @default {
             *       "count": 0,
             *       "bytes": 0
             *     }
             */
            stream: components["schemas"]["Used"];
            /**
             * @description archived events, before compression
             * @default {
             *       "count": 0,
             *       "bytes": 0
             *     }
             */
            archive: components["schemas"]["Used"];
            /**
             * @description what programs wrote, as objects
             * @default {
             *       "count": 0,
             *       "bytes": 0
             *     }
             */
            output: components["schemas"]["Used"];
            /**
             * @description files that programs left, and inputs kept by digest
             * @default {
             *       "count": 0,
             *       "bytes": 0
             *     }
             */
            artifacts: components["schemas"]["Used"];
        };
        /**
         * Used
         * @description `count`: events, or objects.
         */
        Used: {
            /** @default 0 */
            count: number;
            /** @default 0 */
            bytes: number;
        };
        /**
         * Statistics
         * @description What ended from `since` until `until`, which are where a bucket begins.
         * @example {
         *       "since": "2026-11-26T11:00:00Z",
         *       "until": "2026-11-26T12:00:00Z",
         *       "step": "1h",
         *       "total": {
         *         "ended": 40,
         *         "per_second": 0.011,
         *         "by_outcome": {
         *           "succeeded": 36,
         *           "failed": 4
         *         },
         *         "dead_lettered": 0,
         *         "success_rate": 0.9,
         *         "queue": {
         *           "count": 40,
         *           "p50": 0.04,
         *           "p95": 0.21,
         *           "p99": 0.33
         *         },
         *         "run": {
         *           "count": 40,
         *           "p50": 0.41,
         *           "p95": 1.9,
         *           "p99": 4.2
         *         }
         *       },
         *       "languages": [
         *         {
         *           "ended": 40,
         *           "per_second": 0.011,
         *           "by_outcome": {
         *             "succeeded": 36,
         *             "failed": 4
         *           },
         *           "dead_lettered": 0,
         *           "success_rate": 0.9,
         *           "queue": {
         *             "count": 40,
         *             "p50": 0.04,
         *             "p95": 0.21,
         *             "p99": 0.33
         *           },
         *           "run": {
         *             "count": 40,
         *             "p50": 0.41,
         *             "p95": 1.9,
         *             "p99": 4.2
         *           },
         *           "language": "python"
         *         }
         *       ],
         *       "buckets": [
         *         {
         *           "ended": 40,
         *           "per_second": 0.011,
         *           "by_outcome": {
         *             "succeeded": 36,
         *             "failed": 4
         *           },
         *           "dead_lettered": 0,
         *           "success_rate": 0.9,
         *           "queue": {
         *             "count": 40,
         *             "p50": 0.04,
         *             "p95": 0.21,
         *             "p99": 0.33
         *           },
         *           "run": {
         *             "count": 40,
         *             "p50": 0.41,
         *             "p95": 1.9,
         *             "p99": 4.2
         *           },
         *           "at": "2026-11-26T11:00:00Z"
         *         }
         *       ]
         *     }
         */
        Statistics: {
            since: string;
            until: string;
            /** @enum {unknown} */
            step: "15m" | "1d" | "1h" | "1m";
            total: components["schemas"]["Ended"];
            /**
             * @description most evaluations first
             * @default []
             */
            languages: components["schemas"]["EndedIn"][];
            /**
             * @description in order of time, also those without any
             * @default []
             */
            buckets: components["schemas"]["EndedAt"][];
        };
        /**
         * Ended
         * @description Evaluations that ended.
         */
        Ended: {
            /**
             * @description verdicts and dead letters together
             * @default 0
             */
            ended: number;
            /**
             * @description ended, divided by the length of the time
             * @default 0
             */
            per_second: number;
            /** @default {} */
            by_outcome: {
                [key: string]: number;
            };
            /**
             * @description given up without a verdict
             * @default 0
             */
            dead_lettered: number;
            /**
             * @description succeeded, of those that were neither cancelled nor given up; 0 to 1
             * @default null
             */
            success_rate: number | null;
            /**
             * @description from queued to started, last attempts
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            queue: components["schemas"]["Durations"];
            /**
             * @description from started to the verdict
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            run: components["schemas"]["Durations"];
        };
        /**
         * Durations
         * @description So many durations, and what half, 95 and 99 % of them do not exceed: seconds, true to within 5 %.
         */
        Durations: {
            /** @default 0 */
            count: number;
            /** @default null */
            p50: number | null;
            /** @default null */
            p95: number | null;
            /** @default null */
            p99: number | null;
        };
        /**
         * EndedIn
         * @description Those of one language.
         */
        EndedIn: {
            /**
             * @description verdicts and dead letters together
             * @default 0
             */
            ended: number;
            /**
             * @description ended, divided by the length of the time
             * @default 0
             */
            per_second: number;
            /** @default {} */
            by_outcome: {
                [key: string]: number;
            };
            /**
             * @description given up without a verdict
             * @default 0
             */
            dead_lettered: number;
            /**
             * @description succeeded, of those that were neither cancelled nor given up; 0 to 1
             * @default null
             */
            success_rate: number | null;
            /**
             * @description from queued to started, last attempts
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            queue: components["schemas"]["Durations"];
            /**
             * @description from started to the verdict
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            run: components["schemas"]["Durations"];
            /** @description name of a language: GET /v1/languages lists them */
            language: string;
        };
        /**
         * EndedAt
         * @description Those that ended from `at` on, for one step.
         */
        EndedAt: {
            /**
             * @description verdicts and dead letters together
             * @default 0
             */
            ended: number;
            /**
             * @description ended, divided by the length of the time
             * @default 0
             */
            per_second: number;
            /** @default {} */
            by_outcome: {
                [key: string]: number;
            };
            /**
             * @description given up without a verdict
             * @default 0
             */
            dead_lettered: number;
            /**
             * @description succeeded, of those that were neither cancelled nor given up; 0 to 1
             * @default null
             */
            success_rate: number | null;
            /**
             * @description from queued to started, last attempts
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            queue: components["schemas"]["Durations"];
            /**
             * @description from started to the verdict
             * @default {
             *       "count": 0,
             *       "p50": null,
             *       "p95": null,
             *       "p99": null
             *     }
             */
            run: components["schemas"]["Durations"];
            at: string;
        };
        /**
         * AuditPage
         * @description Entries, newest first. A page may hold fewer than were asked for, or none, and still lead to a next one.
         * @example {
         *       "items": [
         *         {
         *           "action": "POST /v1/keys/{key}/rotate",
         *           "address": "192.0.2.7",
         *           "at": "2026-11-26T12:00:00Z",
         *           "digest": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
         *           "key": "first-key",
         *           "number": 12,
         *           "outcome": "allowed",
         *           "previous": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         *           "request_id": "01a21861-0000-7000-8000-000000000000",
         *           "status": 201,
         *           "target": "/v1/keys/abcdefgh2345/rotate",
         *           "tenant": "main",
         *           "trace_id": "0af7651916cd43dd8448eb211c80319c",
         *           "writer": "wabcdefgh2345"
         *         }
         *       ],
         *       "next_cursor": null
         *     }
         */
        AuditPage: {
            /** @default [] */
            items: components["schemas"]["AuditEntry"][];
            /** @default null */
            next_cursor: string | null;
        };
        /**
         * AuditEntry
         * @description One entry. The fields stand in the order of their names, which is that of the bytes that are hashed.
         *
         *         `action` is method and route template (``POST /v1/keys/{key}/rotate``), or one of the chain's own: ``audit.opened``,
         *         ``audit.lost`` (`count` entries could not be written), ``audit.unproven`` (`count` further requests without a good
         *         key were refused). `address` is the peer as the server saw it, `forwarded_for` only what the request said of itself.
         *         `key` is who proved itself, `claimed` the id of a key that was named and not proved.
         */
        AuditEntry: {
            action: string;
            /** @default  */
            address?: string;
            at: string;
            /** @default  */
            claimed?: string;
            /** @default  */
            code?: string;
            /** @default 0 */
            count?: number;
            /** @default  */
            digest?: string;
            /** @default  */
            forwarded_for?: string;
            /** @default  */
            key?: string;
            number: number;
            /** @enum {unknown} */
            outcome: "allowed" | "failed" | "refused";
            previous: string;
            /** @default  */
            request_id?: string;
            /** @default false */
            signed?: boolean;
            /** @default 0 */
            status?: number;
            /** @default  */
            target?: string;
            /** @default  */
            tenant?: string;
            /** @default  */
            trace_id?: string;
            /** @default  */
            witness?: string;
            /** @description the process whose chain it is */
            writer: string;
        };
        /**
         * AuditReport
         * @description What a walk over the whole audit log has found. `breaks`: the first hundred, in the order of the log.
         * @example {
         *       "sound": true,
         *       "entries": 12,
         *       "messages": 3,
         *       "first_sequence": 1,
         *       "last_sequence": 3,
         *       "forgotten_beginnings": 0,
         *       "lost": 0,
         *       "breaks": [],
         *       "heads": [
         *         {
         *           "writer": "wabcdefgh2345",
         *           "number": 12,
         *           "digest": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
         *         }
         *       ]
         *     }
         */
        AuditReport: {
            sound: boolean;
            entries: number;
            messages: number;
            first_sequence: number;
            last_sequence: number;
            /**
             * @description chains whose beginning the log no longer holds, by its size
             * @default 0
             */
            forgotten_beginnings: number;
            /**
             * @description entries that could not be written, as the chains say
             * @default 0
             */
            lost: number;
            /** @default [] */
            breaks: components["schemas"]["Break"][];
            /**
             * @description the ends of the newest thousand chains; keep them
             * @default []
             */
            heads: components["schemas"]["Head"][];
        };
        /**
         * Break
         * @description Something that cannot be if nobody touched the log. `sequence`: of the message, 0 where there is none.
         */
        Break: {
            /** @enum {unknown} */
            kind: "broken-chain" | "edited" | "malformed" | "missing" | "repeated" | "rewritten" | "truncated" | "witness";
            writer: string;
            number: number;
            sequence: number;
            detail: string;
        };
        /**
         * Head
         * @description An end of a chain. Kept elsewhere, it shows later whether the chain was cut off or rewritten.
         */
        Head: {
            /** @description the process whose chain it is */
            writer: string;
            number: number;
            digest: string;
        };
        /**
         * Problem
         * @description RFC 9457 problem details. `code` is the stable slug to branch on.
         * @example {
         *       "type": "/problems/invalid_body",
         *       "title": "The body does not fit the schema",
         *       "status": 422,
         *       "code": "invalid_body",
         *       "detail": "Object contains unknown field `nmae`",
         *       "instance": "/v1/evaluations",
         *       "request_id": "01a21861-0000-7000-8000-000000000000",
         *       "trace_id": "0af7651916cd43dd8448eb211c80319c",
         *       "errors": [
         *         {
         *           "pointer": "/nmae",
         *           "detail": "Object contains unknown field `nmae`"
         *         }
         *       ]
         *     }
         */
        Problem: {
            type: string;
            title: string;
            status: number;
            code: string;
            /** @default  */
            detail?: string;
            /** @default  */
            instance?: string;
            /** @default  */
            request_id?: string;
            /** @default  */
            trace_id?: string;
            /** @default [] */
            errors?: components["schemas"]["FieldError"][];
        };
        /**
         * FieldError
         * @description One thing wrong with a request body.
         */
        FieldError: {
            /** @description JSON pointer (RFC 6901) to the field */
            pointer: string;
            detail: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_evaluations_v1_evaluations_get: {
        parameters: {
            query?: {
                /** @description finished and duration: only what is over is in the list */
                sort?: "created" | "finished" | "duration";
                /** @description desc: newest, last, longest first */
                order?: "desc" | "asc";
                /** @description items of a page */
                limit?: number;
                /** @description next_cursor or prev_cursor of another page */
                cursor?: string | null;
                /** @description one of these; may be repeated */
                status?: ("scheduled" | "queued" | "running" | "cancelling" | "retry_pending" | "completed" | "dead_lettered")[] | null;
                /** @description one of these */
                outcome?: ("succeeded" | "failed" | "compile_failed" | "timed_out" | "out_of_memory" | "cancelled")[] | null;
                /** @description one of these */
                language?: string[] | null;
                /** @description which ran it, or is to run it; one of these */
                engine?: ("auto" | "docker" | "gvisor" | "bubblewrap")[] | null;
                /** @description key=value, or key; all of them may be asked for */
                label?: string[] | null;
                /** @description only those of this batch */
                batch?: string | null;
                /** @description only those of this schedule */
                schedule?: string | null;
                /** @description submitted then or later (RFC 3339) */
                since?: string | null;
                /** @description submitted before then */
                until?: string | null;
                /** @description words in code, output and labels; also "a phrase", -not, or */
                q?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description its version (RFC 9110) */
                    ETag?: string;
                    /** @description messages of the log beyond these rows, and the age of the first: events=12, seconds=0.350 (RFC 9651) */
                    "Cloche-Read-Lag"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationPage"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit_v1_evaluations_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description of the client's choice: the same key and body are accepted once, however often they come */
                "Idempotency-Key"?: string | null;
                /** @description wait=N: answer when it is over, or after N seconds, at most 60 (RFC 7240) */
                Prefer?: string[] | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitEvaluation"];
            };
        };
        responses: {
            /** @description It is over, and was accepted before under this Idempotency-Key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description It was over within the time that the client would wait */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_evaluations__id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description wait=N: answer when it is over, or after N seconds, at most 60 (RFC 7240) */
                Prefer?: string[] | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description its version (RFC 9110) */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_v1_evaluations__id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelEvaluation"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_batches_v1_batches_get: {
        parameters: {
            query?: {
                /** @description items of a page */
                limit?: number;
                /** @description next_cursor or prev_cursor of another page */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description messages of the log beyond these rows, and the age of the first: events=12, seconds=0.350 (RFC 9651) */
                    "Cloche-Read-Lag"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchPage"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit_v1_batches_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description of the client's choice: the same key and body are accepted once, however often they come */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitBatch"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAccepted"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_batches__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description its version (RFC 9110) */
                    ETag?: string;
                    /** @description messages of the log beyond these rows, and the age of the first: events=12, seconds=0.350 (RFC 9651) */
                    "Cloche-Read-Lag"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_members_v1_batches__id__evaluations_get: {
        parameters: {
            query?: {
                /** @description items of a page */
                limit?: number;
                /** @description only those in this status */
                status?: ("scheduled" | "queued" | "running" | "cancelling" | "retry_pending" | "completed" | "dead_lettered") | null;
                /** @description only those with this outcome */
                outcome?: ("succeeded" | "failed" | "compile_failed" | "timed_out" | "out_of_memory" | "cancelled") | null;
                /** @description next_cursor or prev_cursor of another page */
                cursor?: string | null;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationPage"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_v1_batches__id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelEvaluation"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCancelled"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerun_v1_batches__id__rerun_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RerunBatch"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAccepted"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_v1_evaluations__id__events_get: {
        parameters: {
            query?: {
                /** @description the same, where headers cannot be set */
                after?: string | null;
            };
            header?: {
                /** @description id of the last event seen */
                "last-event-id"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames until the end of the evaluation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description It is over, and the client has seen everything */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive is damaged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    output_v1_evaluations__id__output_get: {
        parameters: {
            query?: {
                /** @description compiler: its words; artifacts: all files in a row */
                stream?: "stdout" | "stderr" | "compiler" | "artifacts";
                /** @description another one than the attempt that counts */
                attempt?: number | null;
                /** @description only the last lines, of 8 MiB at most */
                tail_lines?: number | null;
                /** @description only the last bytes */
                tail_bytes?: number | null;
                /** @description rather answer 307 with an address in the store, where there is one */
                redirect?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    /** @description the attempt that counts, 0 for none */
                    "Cloche-Output-Attempt"?: string;
                    /** @description false while the program may still write */
                    "Cloche-Output-Complete"?: string;
                    /** @description bytes that the program wrote */
                    "Cloche-Output-Total-Bytes"?: string;
                    /** @description bytes recorded from the beginning; what follows them is the tail */
                    "Cloche-Output-Head-Bytes"?: string;
                    /** @description bytes between head and tail that were only counted */
                    "Cloche-Output-Dropped-Bytes"?: string;
                    /** @description of a tail: where in the recorded bytes it begins */
                    "Cloche-Output-Offset"?: string;
                    /** @description digest of these bytes */
                    ETag?: string;
                    /** @description digest of these bytes (RFC 9530) */
                    "Repr-Digest"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The part that Range asks for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The store gives the bytes at Location, for a while */
            307: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The range lies beyond the file */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is stored is not what was recorded; Something broke on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_v1_evaluations__id__output_search_get: {
        parameters: {
            query: {
                /** @description what to find */
                q: string;
                /** @description compiler: its words; artifacts: all files in a row */
                stream?: "stdout" | "stderr" | "compiler" | "artifacts";
                /** @description another one than the attempt that counts */
                attempt?: number | null;
                /** @description q is a regular expression as of RE2 */
                regex?: boolean;
                /** @description letters match in either case */
                ignore_case?: boolean;
                /** @description lines of a page */
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: string | null;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutputMatches"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cases_v1_evaluations__id__cases_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    artifacts_v1_evaluations__id__artifacts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    artifact_v1_evaluations__id__artifacts__name__get: {
        parameters: {
            query?: {
                /** @description rather answer 307 with an address in the store, where there is one */
                redirect?: boolean;
            };
            header?: never;
            path: {
                id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    /** @description to be saved under the file's own name */
                    "Content-Disposition"?: string;
                    /** @description digest of the file */
                    ETag?: string;
                    /** @description digest of the file (RFC 9530) */
                    "Repr-Digest"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The part that Range asks for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The range lies beyond the file */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is stored is not what was recorded; Something broke on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    attempts_v1_evaluations__id__attempts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    timeline_v1_evaluations__id__timeline_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive is damaged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_blobs__sha256__get: {
        parameters: {
            query?: {
                /** @description rather answer 307 with an address in the store, where there is one */
                redirect?: boolean;
            };
            header?: never;
            path: {
                /** @description SHA-256 of the bytes, in hex */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    /** @description to be saved under the file's own name */
                    "Content-Disposition"?: string;
                    /** @description digest of the file */
                    ETag?: string;
                    /** @description digest of the file (RFC 9530) */
                    "Repr-Digest"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The part that Range asks for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The range lies beyond the file */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is stored is not what was recorded; Something broke on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_v1_blobs__sha256__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SHA-256 of the bytes, in hex */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description It was there already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlobView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_letters_v1_dead_letters_get: {
        parameters: {
            query?: {
                /** @description items of a page */
                limit?: number;
                /** @description next_cursor or prev_cursor of another page */
                cursor?: string | null;
                /** @description only those of this kind */
                kind?: ("evaluation" | "message") | null;
                /** @description only with it */
                reason?: string | null;
                /** @description only given up by it */
                handler?: string | null;
                /** @description only those put aside since */
                since?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requeue_letters_v1_dead_letters_requeue_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectDeadLetters"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequeueReport"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purge_letters_v1_dead_letters_purge_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectDeadLetters"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PurgeReport"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_dead_letters__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_v1_dead_letters__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requeue_letter_v1_dead_letters__id__requeue_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Requeued"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    queue_v1_queue_get: {
        parameters: {
            query?: {
                /** @description all tenants: for keys that may operate */
                everybody?: boolean;
                /** @description how far back waits and throughput go */
                seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_executors_v1_executors_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecutorList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    place_v1_evaluations__id__queue_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePlace"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_v1_events_get: {
        parameters: {
            query?: {
                /** @description beginning, a cursor, a sequence, or a time (RFC 3339) */
                from?: string;
                /** @description the same; else what is there now, or for ever */
                until?: string | null;
                /** @description go on with what comes */
                follow?: boolean;
                /** @description only of this one */
                evaluation?: string | null;
                /** @description only of the evaluations of this one */
                batch?: string | null;
                /** @description another one: for administrators */
                tenant?: string | null;
                /** @description only these; may be repeated */
                type?: ("scheduled" | "queued" | "started" | "output-chunk" | "case-completed" | "attempt-failed" | "cancel-requested" | "completed" | "dead-lettered" | "output-archived")[] | null;
                /** @description only completed events with one of these */
                outcome?: ("succeeded" | "failed" | "compile_failed" | "timed_out" | "out_of_memory" | "cancelled")[] | null;
                /** @description false: without output-chunk */
                output?: boolean;
                /** @description key=value, or key: only of evaluations with all of these */
                label?: string[] | null;
                /** @description only of evaluations in one of these languages */
                language?: string[] | null;
            };
            header?: {
                /** @description cursor of the last event seen; it counts before `from` */
                "last-event-id"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events in the order of the log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/event-stream": unknown;
                };
            };
            /** @description The client came back after the end, and there is nothing new */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such representation */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive is damaged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_schedules_v1_schedules_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_v1_schedules_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSchedule"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_schedules__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_v1_schedules__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_v1_schedules__id__pause_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_v1_schedules__id__resume_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trigger_v1_schedules__id__trigger_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    languages_v1_languages_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description its version (RFC 9110) */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LanguageList"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_v1_keys_export_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object a line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "application/x-ndjson": string;
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import__v1_keys_import_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportRecords"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReport"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tenants_v1_tenants_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_tenant_v1_tenants_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateTenant"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_tenant_v1_tenants__tenant__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_tenant_v1_tenants__tenant__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeTenant"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys_v1_keys_get: {
        parameters: {
            query?: {
                /** @description only those of this tenant */
                tenant?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key_v1_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKey"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_keys__key__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_v1_keys__key__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_v1_keys__key__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeKey"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_v1_keys__key__rotate_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateKey"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_secret_v1_keys__key__secrets__which__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                which: "previous" | "current";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_entries_v1_audit_get: {
        parameters: {
            query?: {
                /** @description items of a page */
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: string | null;
                /** @description only of keys of this tenant */
                tenant?: string | null;
                /** @description only of this key, or where it was named */
                key?: string | null;
                /** @description only this one: POST /v1/keys/{key}/rotate */
                action?: string | null;
                /** @description only with it */
                outcome?: ("allowed" | "refused" | "failed") | null;
                /** @description only this address, or below it */
                target?: string | null;
                /** @description only from this peer */
                address?: string | null;
                /** @description only this request */
                request_id?: string | null;
                /** @description from this time on */
                since?: string | null;
                /** @description before this time */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_v1_audit_export_get: {
        parameters: {
            query?: {
                /** @description only of keys of this tenant */
                tenant?: string | null;
                /** @description only of this key, or where it was named */
                key?: string | null;
                /** @description only this one: POST /v1/keys/{key}/rotate */
                action?: string | null;
                /** @description only with it */
                outcome?: ("allowed" | "refused" | "failed") | null;
                /** @description only this address, or below it */
                target?: string | null;
                /** @description only from this peer */
                address?: string | null;
                /** @description only this request */
                request_id?: string | null;
                /** @description from this time on */
                since?: string | null;
                /** @description before this time */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object a line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_v1_audit_verify_get: {
        parameters: {
            query?: {
                /** @description kept of an earlier report, as writer-number-digest; may be repeated */
                head?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditReport"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_projections_v1_projections_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionList"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_v1_projections__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rebuild_v1_projections__name__rebuild_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RebuildProjection"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionView"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    swap_v1_projections__name__swap_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rollback_v1_projections__name__rollback_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abort_v1_projections__name__abort_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectionView"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The evaluation is over; The evaluation has moved on; The key is no longer good; Nobody can sign with this key; Two secrets of the key are good; The key has only one secret; There is nothing to run again; That cannot be done with the projection now; The dead letter carries no submission; There are as many schedules as there may be; There is a subscription of that id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    usage_v1_usage_get: {
        parameters: {
            query?: {
                /** @description all tenants: for administrators */
                everybody?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReport"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    about_v1_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["About"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    problem_problems__code__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerun_v1_evaluations__id__rerun_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description of the client's choice: the same key and body are accepted once, however often they come */
                "Idempotency-Key"?: string | null;
                /** @description wait=N: answer when it is over, or after N seconds, at most 60 (RFC 7240) */
                Prefer?: string[] | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": {
                    [key: string]: unknown;
                };
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description It is over, and was accepted before under this Idempotency-Key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description It was over within the time that the client would wait */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationView"];
                };
            };
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be plain JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive is damaged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    statistics_v1_statistics_get: {
        parameters: {
            query?: {
                /** @description RFC 3339; default: a day before until */
                since?: string | null;
                /** @description RFC 3339; default: now */
                until?: string | null;
                /** @description length of a bucket, at most 500 of them; default: the finest that gives 200 or fewer */
                step?: ("1m" | "15m" | "1h" | "1d") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description its version (RFC 9110) */
                    ETag?: string;
                    /** @description messages of the log beyond these rows, and the age of the first: events=12, seconds=0.350 (RFC 9651) */
                    "Cloche-Read-Lag"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    catalog__well_known_api_catalog_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/linkset+json": Record<string, never>;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_description_asyncapi_json_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.aai.asyncapi+json": Record<string, never>;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    feeds_description_feeds_asyncapi_json_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.aai.asyncapi+json": Record<string, never>;
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_v1_batches__id__events_get: {
        parameters: {
            query?: {
                /** @description the same, where headers cannot be set */
                after?: string | null;
            };
            header?: {
                /** @description id of the last event seen */
                "last-event-id"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames until every evaluation of the batch is over */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description It is complete, and the client has seen everything */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON; The cursor is not one of ours; The request cannot be understood */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The submissions are archived; The events are gone; What it wrote is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body does not fit the schema; There is no such place in the history; A file name is not allowed; The program is an archive or a binary; The program does not fit its limits; There is no such blob; The bytes have another digest; There is no such language; The language cannot be told; There is no such image; A variable of the environment is not allowed; Two parts of the body exclude one another; A limit is over its maximum; The key was used for another body; It cannot be run at that time; The schedule gives no times; There is no such tenant; Not an evaluation id; A parameter is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive is damaged */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_v1_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformHealth"];
                };
            };
            /** @description An API key is needed; This key takes only signed requests; The signature is not good; The signature is not of this time; The signature was used before; The body is not the one that was signed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This key may not do that; Pages of another origin may not do that */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The connection has as many subscriptions as it may have; The tenant has too much queued; The key has spent its budget; The key has as many streams open as it may; Too many keys from this address were not good */
            429: {
                headers: {
                    /** @description budget and window, as of draft-ietf-httpapi-ratelimit-headers */
                    "RateLimit-Policy"?: string;
                    /** @description units that are left, and seconds until the budget is whole */
                    RateLimit?: string;
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The archive does not answer; It could not be written down; The gateway has too much to do; A part of the system does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
