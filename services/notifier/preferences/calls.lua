#!lua
-- Moves calls whose time has come to their stream: KEYS[1] the stream, KEYS[2] the sorted set of encoded messages by
-- due time in milliseconds, ARGV[1] at most so many. The server's clock decides. Returns the count.
local found = redis.call('TYPE', KEYS[1])['ok']
if found ~= 'none' and found ~= 'stream' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. found .. ', not a stream')
end
local now = redis.call('TIME')
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now[1] * 1000 + math.floor(now[2] / 1000), 'LIMIT', 0, ARGV[1])
for _, message in ipairs(due) do
  redis.call('ZREM', KEYS[2], message)
  redis.call('XADD', KEYS[1], '*', 'm', message)
end
return #due
