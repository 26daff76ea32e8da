"""The public face: a GraphQL schema by subject, over HTTP and WebSocket. It translates; it decides nothing and holds no SQL."""
