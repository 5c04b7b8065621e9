#!lua
-- Forgets a source and all that is known of it; one that a person removed is remembered as such, so that the file of
-- sources does not bring it back.
--
-- KEYS  sources, due, leases, fetch, told, removed, the parser's state of the source
-- ARGV  id, 1 where a person removed it
-- Returns 1 where the source was there, else 0.
for n, expected in ipairs({'hash', 'zset', 'hash', 'hash', 'hash', 'set'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[5], ARGV[1])
redis.call('UNLINK', KEYS[7])
local removed = redis.call('HDEL', KEYS[1], ARGV[1])
if removed == 1 and ARGV[2] == '1' then
  redis.call('SADD', KEYS[6], ARGV[1])
end
return removed
