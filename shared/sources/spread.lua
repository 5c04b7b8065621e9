#!lua
-- After an outage: what fell due meanwhile comes one by one, each source at random within its own interval, and not all
-- at once. A source that a fetcher holds is left alone, and so are few: they make no stampede.
--
-- KEYS  due, sources
-- ARGV  most ms to spread over, how many ms late a source must be, seed, how many are few
-- Returns how many were put off.
for n, expected in ipairs({'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
math.randomseed(tonumber(ARGV[3]))
local late = redis.call('ZRANGE', KEYS[1], '-inf', now - tonumber(ARGV[2]), 'BYSCORE')
if #late <= tonumber(ARGV[4]) then
  return 0
end
for _, id in ipairs(late) do
  local read, source = pcall(cmsgpack.unpack, redis.call('HGET', KEYS[2], id) or '')
  local every = read and type(source) == 'table' and tonumber(source['every']) or 15
  redis.call('ZADD', KEYS[1], now + math.floor(math.random() * math.min(every * 1000, tonumber(ARGV[1]))), id)
end
return #late
