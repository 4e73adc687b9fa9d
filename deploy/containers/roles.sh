#!/bin/bash
# Run once by PostgreSQL's image, on an empty volume: the two roles of docs/operations.md and the portal's database.
set -euo pipefail
owner=$(</run/secrets/owner-password)
application=$(</run/secrets/application-password)
psql -v ON_ERROR_STOP=1 -v owner="$owner" -v application="$application" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE "cmp-portal-owner" LOGIN PASSWORD :'owner';
CREATE ROLE "cmp-portal" LOGIN PASSWORD :'application';
CREATE DATABASE cmp_portal OWNER "cmp-portal-owner" ENCODING 'UTF8' TEMPLATE template0;
SQL
