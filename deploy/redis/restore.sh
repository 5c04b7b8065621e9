#!/bin/sh
# Takes a backup (RDB, as `redis-cli --rdb -` writes it) from standard input in place of all that /data holds.
# Redis must be stopped. What is there stays until the backup has been found whole.
set -eu
REDISCLI_AUTH=$(cat /keys/redis/password)
export REDISCLI_AUTH
cd /data

if timeout 5 redis-cli -h redis ping >/dev/null 2>&1; then
  echo 'Redis runs: stop it first (docker compose stop redis).' >&2
  exit 1
fi
cat > restored.rdb
redis-check-rdb restored.rdb >/dev/null || { echo 'This is no whole backup: nothing was changed.' >&2; rm restored.rdb; exit 1; }
rm -rf appendonlydir
mv restored.rdb dump.rdb

# With an append-only file Redis reads no RDB: it is started without one, and told to write one of what it has read.
redis-server /etc/livebell/redis.conf --appendonly no --port 0 --unixsocket /data/restore.sock &
ask() { redis-cli -s /data/restore.sock "$@"; }
until [ "$(ask ping 2>/dev/null)" = PONG ]; do sleep 0.2; done
ask config set appendonly yes >/dev/null
until ask info persistence | tr -d '\r' | grep -c -x -e 'aof_rewrite_in_progress:0' -e 'aof_rewrite_scheduled:0' -e 'aof_last_bgrewrite_status:ok' | grep -q -x 3; do sleep 0.2; done
echo "restored: $(ask dbsize) keys"
ask shutdown nosave >/dev/null 2>&1 || true
wait
rm -f dump.rdb
