#!lua
-- Leases go on for those who still hold them.
--
-- KEYS  due, leases
-- ARGV  lease in ms, then id and token of each
-- Returns how many were held.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for n, expected in ipairs({'zset', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end

local held = 0
for n = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[n]) == ARGV[n + 1] then
    redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[1]), ARGV[n])
    held = held + 1
  end
end
return held
