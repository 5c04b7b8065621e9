#!lua
-- Writes a source. A new one falls due soon; a changed one too, and whoever polls it as it was loses the lease; one
-- that is already there as it is keeps its time. What a person removed stays removed where a file names it.
--
-- KEYS  sources, due, leases, removed
-- ARGV  id, source, ms until it falls due, 1 where the file names it
-- Returns 1 where something changed, 0 where it is there as it is, -1 where a person removed it.
for n, expected in ipairs({'hash', 'zset', 'hash', 'set'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end
if ARGV[4] == '1' then
  if redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 then
    return -1
  end
else
  redis.call('SREM', KEYS[4], ARGV[1])
end
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
return 1
