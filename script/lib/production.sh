# Sourced by script/install, script/upgrade and script/portal: where the portal lives on a server of its own.
# shellcheck shell=bash disable=SC2034 # the scripts that source this use them

PORTAL_HOME=/opt/cmp-portal
RELEASES=$PORTAL_HOME/releases
CURRENT=$PORTAL_HOME/current
# Which release listens on which port: web/8000 and web/8001 are links to releases.
WEB=$PORTAL_HOME/web
SETTINGS_FOLDER=/etc/cmp-portal
SETTINGS=$SETTINGS_FOLDER/portal.env
# Only where the owner's role needs an address of its own, as with a database on another host.
OWNER_SETTINGS=$SETTINGS_FOLDER/owner.env
RELEASE_KEY=$SETTINGS_FOLDER/release-key.pub
TLS=/etc/ssl/cmp-portal
BACKUPS=/var/backups/cmp-portal
UPSTREAM=/etc/nginx/cmp-portal-upstream.conf
# Accounts of the system and roles of PostgreSQL by the same names: they need no passwords on one host.
ACCOUNT=cmp-portal
OWNER=cmp-portal-owner
DATABASE=cmp_portal
PORTS=(8000 8001)

fail() {
    printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

version_of() { # folder of a release
    sed -n 's/^version = "\(.*\)"$/\1/p' "$1/pyproject.toml" | head -n 1
}

has_systemd() { [ -d /run/systemd/system ]; }

# The port of the release that members use now; nothing before the first installation.
port_in_use() { sed -n 's/^server 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$UPSTREAM" 2>/dev/null | head -n 1; }

other_port() { # port
    local port
    for port in "${PORTS[@]}"; do [ "$port" = "$1" ] || { echo "$port"; return; }; done
}

# nginx sends nobody to the other port from here on, and finishes what it began there.
send_members_to() { # port
    printf 'server 127.0.0.1:%s max_fails=0;\n' "$1" >"$UPSTREAM.new"
    mv "$UPSTREAM.new" "$UPSTREAM"
    nginx -t -q 2>/dev/null || { nginx -t; return 1; }
    systemctl reload nginx
}

# Whether the web server on this port runs this version and can serve; it may take a while to load.
answers() { # port, version
    local try answer=''
    for try in $(seq 1 60); do
        answer=$(curl --silent --max-time 5 "http://127.0.0.1:$1/salud/lista/" || true)
        if [[ $answer == *'"estado": "bien"'* && $answer == *"\"version\": \"$2\""* ]]; then return 0; fi
        sleep 0.5
    done
    printf '%s\n' "${answer:-no responde}" >&2
    return 1
}

# A release's own virtual environment, with exactly the packages of its lock file.
make_environment() { # folder of a release
    [ -e "$1/.venv/complete" ] && return
    rm -rf "$1/.venv"
    python3 -m venv "$1/.venv"
    local source=()
    # A tarball may bring its packages along, for a server that reaches no index.
    [ -d "$1/wheels" ] && source=(--no-index --find-links "$1/wheels")
    "$1/.venv/bin/pip" install --quiet --disable-pip-version-check --no-input --require-hashes "${source[@]}" -r "$1/requirements.txt"
    "$1/.venv/bin/python" -m compileall -q -x '/tests?/' "$1/.venv/lib" "$1/cmp_portal" "$1/members" "$1/dues" "$1/payments" "$1/receipts" >/dev/null || true
    touch "$1/.venv/complete"
}

# Runs manage.py of a release as the portal does, or as the owner of its tables.
manage_as() { # account, folder of a release, arguments
    local account=$1 release=$2 files=$SETTINGS
    shift 2
    if [ "$account" = "$OWNER" ] && [ -e "$OWNER_SETTINGS" ]; then files=$OWNER_SETTINGS:$SETTINGS; fi
    if [ "$(id -un)" = "$account" ]; then
        PORTAL_ENV_FILE=$files LOG_FORMAT=line "$release/.venv/bin/python" "$release/manage.py" "$@"
    else
        runuser -u "$account" -- env PORTAL_ENV_FILE="$files" LOG_FORMAT=line "$release/.venv/bin/python" "$release/manage.py" "$@"
    fi
}
