#!/bin/sh
# What PostgreSQL's image promises, as far as compose.yaml relies on it: a user 999, files made at the first start from
# POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD_FILE below /var/lib/postgresql, and then a server on every address.
set -eu
data=/var/lib/postgresql/18/docker
if [ ! -s "$data/PG_VERSION" ]; then
  mkdir -p "$data"
  chmod 700 "$data"
  # shellcheck disable=SC2086 # words
  initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust \
    --encoding=UTF8 --locale=C --no-instructions ${POSTGRES_INITDB_ARGS:-} >/dev/null
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$data" template1 >/dev/null
fi
exec postgres -D "$data" -c 'listen_addresses=*' -c unix_socket_directories=/var/run/postgresql
