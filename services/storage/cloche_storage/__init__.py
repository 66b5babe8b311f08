"""Archives every event and large output in S3."""
