"""What storage counts."""

from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)

ARCHIVED = Gauge("cloche_storage_archived", "Stream sequence up to which S3 has confirmed segments")
LAG = Gauge("cloche_storage_lag_events", "Messages on the log that are not in the archive yet")
LAG_SECONDS = Gauge(
    "cloche_storage_lag_seconds", "Age of the oldest message that is not in the archive yet"
)
ARCHIVED_SECONDS = Histogram(
    "cloche_storage_event_to_archive_seconds",
    "From the first event of a segment to S3's word that it has the segment",
    buckets=_BUCKETS,
)
OUTPUT_SECONDS = Histogram(
    "cloche_storage_end_to_output_seconds",
    "From the end of an evaluation to the event that its output is archived",
    buckets=_BUCKETS,
)
ACTIVE = Gauge("cloche_storage_active", "1 while this process writes the archive")
SEGMENTS = Counter("cloche_storage_segments", "Segments written")
SEGMENT_BYTES = Counter("cloche_storage_segment_bytes", "Compressed bytes of segments written")
OUTPUTS = Counter("cloche_storage_outputs", "Evaluations whose output was archived")
OUTPUT_BYTES = Counter("cloche_storage_output_bytes", "Bytes of output archived")
REREAD = Counter("cloche_storage_outputs_reread", "Outputs assembled anew from the log")
PARKED = Counter("cloche_storage_parked", "Evaluations whose output did not fit its summary")
UPLOADS_ABORTED = Counter(
    "cloche_storage_uploads_aborted", "Uploads given back because nobody completed them"
)
TRIM_BOUND = Gauge(
    "cloche_storage_trim_bound", "Stream sequence up to which the log may be trimmed"
)
TRIM_LAG = Gauge(
    "cloche_storage_trim_lag_events",
    "Messages older than their period that somebody still needs on the log",
)
TRIMMED_EVENTS = Counter("cloche_storage_trimmed_events", "Messages taken off the log")
LOG_FILLED = Gauge("cloche_storage_log_filled_ratio", "Share of the log's size that is in use")
PRESSED = Counter("cloche_storage_trimmed_early", "Times that a nearly full log was trimmed early")
FORGOTTEN = Counter(
    "cloche_storage_forgotten_bytes", "Bytes forgotten because of their age, by class", ["class"]
)
for _class in ("archive", "output", "artifacts"):
    FORGOTTEN.labels(_class)
REWRITTEN = Counter("cloche_storage_segments_rewritten", "Segments written again to forget lines")
RETENTION_DONE = Gauge(
    "cloche_storage_retention_done_timestamp_seconds", "When the last round of retention ended"
)
