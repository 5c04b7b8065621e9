#!lua
-- One atomic step for a batch of messages of one stream and group: acknowledge a message and, only if it was
-- still pending, write its outputs and state.
--
-- KEYS[1]  the stream that the messages were read from; KEYS[2…] every key that is read or written
-- ARGV[1]  the group
-- ARGV[2]  MessagePack: the type that each of KEYS[2…] must have, where it exists
-- ARGV[3]  MessagePack: [[id, guards, writes], …]
--          guards  [key index, field, value, …]: each hash field must hold the value ("" for no field)
--          writes  [[command, key index, argument, …], …]
-- Returns for each message 1 committed, 0 no longer pending, -1 stale (the guard did not hold; nothing was written).
local group = ARGV[1]
local types = cmsgpack.unpack(ARGV[2])
for i, expected in ipairs(types) do
  local found = redis.call('TYPE', KEYS[i + 1])['ok']
  if expected ~= '' and found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i + 1] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end

local results = {}
for n, message in ipairs(cmsgpack.unpack(ARGV[3])) do
  local guards = message[2]
  local stale = false
  for g = 1, #guards, 3 do
    stale = stale or (redis.call('HGET', KEYS[guards[g]], guards[g + 1]) or '') ~= guards[g + 2]
  end
  if stale then
    results[n] = -1
  else
    results[n] = redis.call('XACK', KEYS[1], group, message[1])
    if results[n] == 1 then
      for _, write in ipairs(message[3]) do
        redis.call(write[1], KEYS[write[2]], unpack(write, 3))
      end
    end
  end
end
return results
