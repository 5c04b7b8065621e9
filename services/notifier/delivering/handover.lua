#!lua
-- The step of one event from its source's slot to a slot of subscribers; it may be repeated and takes effect once.
--
-- KEYS[1]  the stream `deliveries`      KEYS[2]  the stream `weighing`
-- KEYS[3]  the highest revision of the entry that was handed over
-- KEYS[4]  the kept event, which deliveries and their retries read
-- KEYS[5]  the entry as it last came, kept from the time that it is first weighed
-- ARGV[1]  the event's revision      ARGV[2]  seconds to keep these keys      ARGV[3]  the event
-- ARGV[4]  how many of the batches that follow are for an entry handed over for the first time; the rest are for one
--          that was handed over before
-- ARGV[5…] of each batch, which of KEYS[1] and KEYS[2] it goes to, and the batch
-- Returns how many batches were written, -1 where this revision or a later one had been handed over.
for n = 1, 2 do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= 'stream' then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a stream')
  end
end
local before = tonumber(redis.call('GET', KEYS[3]) or '0')
if before >= tonumber(ARGV[1]) then
  return -1
end

local first, last = 5, 4 + 2 * tonumber(ARGV[4])
if before > 0 then
  first, last = last + 1, #ARGV
end
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[2])
if last >= first then
  redis.call('SET', KEYS[4], ARGV[3], 'EX', ARGV[2])
end
local weighed = redis.call('EXISTS', KEYS[5]) == 1
for n = first, last, 2 do
  redis.call('XADD', KEYS[tonumber(ARGV[n])], '*', 'm', ARGV[n + 1])
  weighed = weighed or ARGV[n] == '2'
end
if weighed then
  redis.call('SET', KEYS[5], ARGV[3], 'EX', ARGV[2])
end
return (last - first + 1) / 2
