#!lua
-- Writes one subscription and tells every notifier, in one step.
--
-- KEYS[1]  the hash `subscriptions`      KEYS[2]  the stream `subscription-changes`      KEYS[3]  the hash of versions
-- ARGV[1]  the subscription's id         ARGV[2]  the version that it must have now (0: must not exist)
-- ARGV[3]  the version that it gets (0: it is deleted)      ARGV[4]  the record      ARGV[5]  how many changes to keep
-- Returns 1, or 0 where the version differs.
local found = redis.call('TYPE', KEYS[2])['ok']
if found ~= 'none' and found ~= 'stream' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[2] .. ' is a ' .. found .. ', not a stream')
end
if (redis.call('HGET', KEYS[3], ARGV[1]) or '0') ~= ARGV[2] then
  return 0
end
if ARGV[3] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'id', ARGV[1])
return 1
