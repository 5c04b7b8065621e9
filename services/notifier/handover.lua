#!lua
-- The step of one event from its source's slot to a slot of subscribers; it may be repeated and takes effect once.
--
-- KEYS[1]  the stream `deliveries`
-- KEYS[2]  the highest revision of the entry that was handed over
-- KEYS[3]  the kept event, which deliveries and their retries read
-- ARGV[1]  the event's revision      ARGV[2]  seconds to keep both keys      ARGV[3]  the event
-- ARGV[4]  how many of the batches that follow are for an entry handed over for the first time; the rest are for one
--          that was handed over before
-- Returns how many batches were written, -1 where this revision or a later one had been handed over.
local found = redis.call('TYPE', KEYS[1])['ok']
if found ~= 'none' and found ~= 'stream' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. found .. ', not a stream')
end
local before = tonumber(redis.call('GET', KEYS[2]) or '0')
if before >= tonumber(ARGV[1]) then
  return -1
end

local first, last = 5, 4 + tonumber(ARGV[4])
if before > 0 then
  first, last = last + 1, #ARGV
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
if last >= first then
  redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[2])
end
for n = first, last do
  redis.call('XADD', KEYS[1], '*', 'm', ARGV[n])
end
return last - first + 1
