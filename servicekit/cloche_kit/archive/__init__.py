"""The archive of a stream in object storage: what its writer (storage) and its readers agree upon.

    archive/<stream>-<epoch>/manifest.json                       how far it has come, and its newest segments
    archive/<stream>-<epoch>/pages/<number>.json                 the older segments, `PAGE_SEGMENTS` to a page
    archive/<stream>-<epoch>/heads/<archived>.json               signed heads of the chain, if a history of them is kept
    archive/<stream>-<epoch>/<first>-<last>.ndjson.zst           the segments themselves

Segments are chained by digest (segment.py), and found by sequence or time without listing the store (index.py).
"""
