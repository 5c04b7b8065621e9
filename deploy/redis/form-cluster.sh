#!/bin/sh
# Makes one cluster of the nodes that are named: three masters and three replicas. Where it is made already it only
# introduces the nodes to each other again: all may have come back under new addresses.
set -eu
REDISCLI_AUTH=$(cat /keys/redis/password)
export REDISCLI_AUTH

addresses=
for node in "$@"; do
  until address=$(getent hosts "$node" | cut -d ' ' -f 1) && [ "$(redis-cli -h "$node" ping)" = PONG ]; do sleep 0.5; done
  addresses="$addresses $address:6379"
done
if redis-cli -h "$1" cluster info | grep -q 'cluster_slots_assigned:0'; then
  # shellcheck disable=SC2086 # one word for each node
  redis-cli --cluster create $addresses --cluster-replicas 1 --cluster-yes
else
  for address in $addresses; do redis-cli -h "$1" cluster meet "${address%:*}" 6379; done
fi
for node in "$@"; do
  until redis-cli -h "$node" cluster info | grep -q 'cluster_state:ok'; do sleep 0.5; done
done
echo 'The cluster is formed.'
