#!/bin/bash
# In a container of its own: a dump of the portal's database each night, seven kept.
set -euo pipefail
umask 077
printf 'db:5432:*:postgres:%s\n' "$(</run/secrets/postgres-password)" >"$PGPASSFILE"
while true; do
    sleep "$(($(date -d 'tomorrow 03:00' +%s) - $(date +%s)))"
    /portal/script/backup --dump --keep 7 --database postgresql://postgres@db/cmp_portal /backups || echo "backup: failed; tried again tomorrow" >&2
done
