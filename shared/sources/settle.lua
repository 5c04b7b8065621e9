#!lua
-- What became of leased sources: of each that its token still holds, the new state, the next due time and the messages
-- are written together; of the others nothing.
--
-- KEYS  due, leases, fetch, pages, entries
-- ARGV  MessagePack: [[id, token, next due time in ms (-1 for never), state ("" leaves it), page message ("" for none),
--       [entries message, …]], …]
-- Returns one character for each source: 1 settled, 0 the lease is another's.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for n, expected in ipairs({'zset', 'hash', 'hash', 'stream', 'stream'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end

local results = {}
for n, settled in ipairs(cmsgpack.unpack(ARGV[1])) do
  local id, token, due, state, page, messages = unpack(settled)
  local held = redis.call('HGET', KEYS[2], id) == token
  if held then
    redis.call('HDEL', KEYS[2], id)
    if due < 0 then
      redis.call('ZREM', KEYS[1], id)
    else
      redis.call('ZADD', KEYS[1], math.max(due, now), id)
    end
    if state ~= '' then
      redis.call('HSET', KEYS[3], id, state)
    end
    if page ~= '' then
      redis.call('XADD', KEYS[4], '*', 'm', page)
    end
    for _, message in ipairs(messages) do
      redis.call('XADD', KEYS[5], '*', 'm', message)
    end
  end
  results[n] = held and '1' or '0'
end
return table.concat(results)
