"""The portal's PostgreSQL backend, except that emptying all tables after a test takes milliseconds."""
