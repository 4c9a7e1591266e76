#!/bin/sh
# A copy of the database every day, and a figure that says when the last one was made. PGHOST,
# PGUSER, PGPASSWORD and PGDATABASE say of which; `backup.sh once` makes one and ends.
set -eu

FOLDER=${BACKUPS_FOLDER:-/backups}
FIGURES=${FIGURES_FOLDER:-/figures}
KEPT=${BACKUPS_KEPT:-7}
DAY_SEC=86400 AGAIN_AFTER_SEC=3600

# A copy gets its name when it is whole, and the figure is renamed: nobody reads half of one.
copy() {
  name=$FOLDER/photoai-$(date -u +%Y%m%d-%H%M%S).dump
  if ! { pg_dump --format=custom --file="$name.part" && pg_restore --list "$name.part" >/dev/null; }; then
    rm -f "$name.part"
    return 1
  fi
  mv "$name.part" "$name"
  cat >"$FIGURES/backup.prom.part" <<TEXT
# HELP photoai_backup_newest_timestamp_seconds When the last copy was made.
# TYPE photoai_backup_newest_timestamp_seconds gauge
photoai_backup_newest_timestamp_seconds{reason="daily"} $(date +%s)
TEXT
  chmod 0644 "$FIGURES/backup.prom.part"
  mv "$FIGURES/backup.prom.part" "$FIGURES/backup.prom"
  echo "photoai: made $name"
}

forget_old() {
  ls -1 "$FOLDER"/photoai-*.dump | sort -r | tail -n "+$((KEPT + 1))" | xargs -r rm -f
  rm -f "$FOLDER"/*.part
}

umask 077
if [ "${1:-}" = once ]; then
  copy
  forget_old
  exit
fi

trap 'exit 0' TERM INT
while :; do
  wait_sec=$DAY_SEC
  if copy; then forget_old; else wait_sec=$AGAIN_AFTER_SEC; fi
  sleep "$wait_sec" &
  wait $!
done
