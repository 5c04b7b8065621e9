#!lua
-- Writes fields only over the values that they were computed from.
--
-- KEYS[1]  a hash      ARGV  field, the value that it must hold ('' for none), the new value; and so on
-- Returns for each field the value that it held: the one named where it was written.
local found = redis.call('TYPE', KEYS[1])['ok']
if found ~= 'none' and found ~= 'hash' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. found .. ', not a hash')
end
local results = {}
for n = 1, #ARGV, 3 do
  local held = redis.call('HGET', KEYS[1], ARGV[n]) or ''
  if held == ARGV[n + 1] then
    redis.call('HSET', KEYS[1], ARGV[n], ARGV[n + 2])
  end
  results[#results + 1] = held
end
return results
