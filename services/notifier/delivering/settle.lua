#!lua
-- Writes down what became of some deliveries of a batch, before the batch is acknowledged.
--
-- KEYS[1]  the set of those served in this batch; KEYS[2…1+n] the n log lists; then every other key that is written
-- ARGV[1]  MessagePack: [n, records to keep, seconds to keep a log, seconds to keep the set]
-- ARGV[2]  MessagePack: the type that each key must have, where it exists
-- ARGV[3]  MessagePack: the subscriptions served
-- ARGV[4]  MessagePack: [[command, key index, argument, …], …]
-- ARGV[5…4+n] the records
local head, types = cmsgpack.unpack(ARGV[1]), cmsgpack.unpack(ARGV[2])
local served, writes = cmsgpack.unpack(ARGV[3]), cmsgpack.unpack(ARGV[4])
for n, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key)['ok']
  if types[n] ~= '' and found ~= 'none' and found ~= types[n] then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. types[n])
  end
end

for n = 1, head[1] do
  local log = KEYS[1 + n]
  if redis.call('LPUSH', log, ARGV[4 + n]) > head[2] then
    redis.call('LTRIM', log, 0, head[2] - 1)
  end
  redis.call('EXPIRE', log, head[3])
end
if #served > 0 then
  redis.call('SADD', KEYS[1], unpack(served))
  redis.call('EXPIRE', KEYS[1], head[4])
end
for _, write in ipairs(writes) do
  redis.call(write[1], KEYS[write[2]], unpack(write, 3))
end
return 1
