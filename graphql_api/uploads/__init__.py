"""Files that come in parts and may be resumed: the tus protocol 1.0 over plain HTTP."""
