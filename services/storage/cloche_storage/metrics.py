"""What storage counts."""

from prometheus_client import Counter, Gauge

ARCHIVED = Gauge("cloche_storage_archived", "Stream sequence up to which S3 has confirmed segments")
LAG = Gauge("cloche_storage_lag_events", "Messages on the log that are not in the archive yet")
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
