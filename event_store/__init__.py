"""The log: the only user of the `eventsourcing` library. Envelope, mapper, recorder, journal, dispatch, reader, blobs."""
