#!lua
-- Writes a field only over the value that it was computed from.
--
-- KEYS[1]  a hash      ARGV[1]  field      ARGV[2]  the value that it must hold ('' for none)      ARGV[3]  the new value
-- Returns the value that it held: ARGV[2] where it was written.
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held == ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return held
