#!lua
-- Leases the sources whose time has come: their time moves to the lease's end, and a new token shuts out whoever held
-- them before. The server's clock counts, so that all fetchers agree.
--
-- KEYS  due, sources, leases, fetch, told
-- ARGV  most, lease in ms, token
-- Returns now in ms, the time at which the next source falls due ('' for none), then id, due time, source, state and
-- what its pages told ('' for none) of each leased source.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for n, expected in ipairs({'zset', 'hash', 'hash', 'hash', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end

local claimed = {}
local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
for n = 1, #due, 2 do
  local id = due[n]
  local source = redis.call('HGET', KEYS[2], id)
  if source then
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), id)
    redis.call('HSET', KEYS[3], id, ARGV[3])
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = due[n + 1]
    claimed[#claimed + 1] = source
    claimed[#claimed + 1] = redis.call('HGET', KEYS[4], id) or ''
    claimed[#claimed + 1] = redis.call('HGET', KEYS[5], id) or ''
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {now, next[2] or '', unpack(claimed)}
