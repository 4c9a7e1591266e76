#!/bin/sh
# The database and its two users, when PostgreSQL starts for the first time: photoai owns its
# database and nothing else, watcher sees figures and no data.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set photoai="$PHOTOAI_PASSWORD" --set watcher="$WATCHER_PASSWORD" <<'SQL'
CREATE ROLE photoai LOGIN PASSWORD :'photoai';
CREATE ROLE watcher LOGIN PASSWORD :'watcher' IN ROLE pg_monitor;
CREATE DATABASE photoai OWNER photoai;
REVOKE CONNECT ON DATABASE photoai FROM PUBLIC;
GRANT CONNECT ON DATABASE photoai TO watcher;
SQL
