# Sourced by script/backup and script/restore: PostgreSQL's own programs, of the major version that the data have.
# Debian and Ubuntu put only some of them into PATH; pg_verifybackup and pg_waldump are not among these.
# shellcheck shell=bash

# The programs' folder comes first in PATH from here on: PORTAL_PG_BIN, else where the distribution puts this version.
use_postgresql() { # major version
    local folder
    for folder in ${PORTAL_PG_BIN:+"$PORTAL_PG_BIN"} "/usr/lib/postgresql/$1/bin" "/usr/pgsql-$1/bin"; do
        if [ -d "$folder" ]; then
            PATH=$folder:$PATH
            return
        fi
    done
}

# A program that is missing is told as missing, before anything is done, and never as a fault of the data.
need_programs() { # major version, programs
    local major=$1 program
    shift
    for program; do
        command -v "$program" >/dev/null ||
            fail "$program of PostgreSQL $major is not on this machine: apt-get install postgresql-$major, or set PORTAL_PG_BIN to the folder that has it. Nothing was looked at or changed."
    done
}

# A copy is damaged only if pg_verifybackup itself says so; 126 and 127 are the shell's word for what it cannot start.
verify_copy() { # folder, what to say of a damaged one
    local status=0
    pg_verifybackup --quiet "$1" || status=$?
    case $status in
        0) return ;;
        126 | 127) fail "pg_verifybackup cannot be started (exit code $status); the copy was not judged." ;;
        *) fail "$2" ;;
    esac
}
