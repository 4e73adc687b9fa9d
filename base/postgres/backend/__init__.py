"""Django's PostgreSQL backend with fewer health checks."""
