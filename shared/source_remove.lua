#!lua
-- Forgets a source and all that is known of it.
--
-- KEYS  sources, due, leases, fetch, the parser's state of the source
-- ARGV  id
-- Returns 1 where the source was there, else 0.
for n, expected in ipairs({'hash', 'zset', 'hash', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('UNLINK', KEYS[5])
return redis.call('HDEL', KEYS[1], ARGV[1])
