"""The contract of Cloche: events, commands, envelope, subjects, codec and views (msgspec only).

Every other member depends on this one and it depends on none. What is here travels between processes or lies in the
archive, so it only ever grows: a new field has a default, a changed meaning is a new version of the type (upcasts.py).
"""
