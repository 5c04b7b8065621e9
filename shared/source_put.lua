#!lua
-- Writes a source. A new one falls due soon; a changed one too, and whoever polls it as it was loses the lease; one
-- that is already there as it is keeps its time.
--
-- KEYS  sources, due, leases
-- ARGV  id, source, ms until it falls due
-- Returns 1 where something changed, else 0.
for n, expected in ipairs({'hash', 'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
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
