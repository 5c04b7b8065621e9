#!lua
-- Writes subscriptions of one slot and tells every notifier, in one step.
--
-- KEYS[1]  the hash `subscriptions`      KEYS[2]  the stream `subscription-changes`      KEYS[3]  the hash of versions
-- ARGV[1]  how many changes to keep, then four for each subscription: its id, the version that it must have now (0: must
--          not exist), the version that it gets (0: it is deleted), the record
-- Returns for each 1, or 0 where the version differs.
local found = redis.call('TYPE', KEYS[2])['ok']
if found ~= 'none' and found ~= 'stream' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[2] .. ' is a ' .. found .. ', not a stream')
end
local written = {}
for at = 2, #ARGV, 4 do
  local id, before, after, record = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local fits = (redis.call('HGET', KEYS[3], id) or '0') == before
  if fits and after == '0' then
    redis.call('HDEL', KEYS[1], id)
    redis.call('HDEL', KEYS[3], id)
  elseif fits then
    redis.call('HSET', KEYS[1], id, record)
    redis.call('HSET', KEYS[3], id, after)
  end
  if fits then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', 'id', id)
  end
  written[#written + 1] = fits and 1 or 0
end
return written
