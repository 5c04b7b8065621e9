#!lua
-- Moves deliveries whose time has come back to the stream, and lets those wait on whose endpoint's circuit is open: when
-- that has run out, one of them goes as the probe. The server's clock decides.
--
-- KEYS[1]  the stream `deliveries`
-- KEYS[2]  the sorted set `retries`: name by due time in ms, 0 for what somebody asked for
-- KEYS[3]  the hash `waiting`: encoded batch by name
-- KEYS[4]  the hash `circuits`: MessagePack [failures, since, open until, opened, probing] by subscription
-- ARGV[1]  at most so many      ARGV[2]  ms that a probe gets before another may follow
-- Returns how many were looked at.
for n, expected in ipairs({'stream', 'zset', 'hash', 'hash'}) do
  local found = redis.call('TYPE', KEYS[n])['ok']
  if found ~= 'none' and found ~= expected then
    return redis.error_reply('WRONGTYPE ' .. KEYS[n] .. ' is a ' .. found .. ', not a ' .. expected)
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function open_until(name, due)
  local subscription = name:match('^msg_(.+)_[^_]*$')
  if not subscription or due == 0 then
    return 0
  end
  subscription = 'sub_' .. subscription
  local raw = redis.call('HGET', KEYS[4], subscription)
  local readable, circuit = pcall(cmsgpack.unpack, raw or '')
  if not raw or not readable or type(circuit) ~= 'table' or (circuit[3] or 0) == 0 then
    return 0
  end
  if circuit[3] > now then
    return circuit[3]
  end
  circuit[3], circuit[5] = now + tonumber(ARGV[2]), 1
  redis.call('HSET', KEYS[4], subscription, cmsgpack.pack(circuit))
  return 0
end

local due = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
for n = 1, #due, 2 do
  local name = due[n]
  local batch = redis.call('HGET', KEYS[3], name)
  local later = batch and open_until(name, tonumber(due[n + 1])) or 0
  if later > 0 then
    redis.call('ZADD', KEYS[2], later, name)
  else
    redis.call('ZREM', KEYS[2], name)
    if batch then
      redis.call('HDEL', KEYS[3], name)
      redis.call('XADD', KEYS[1], '*', 'm', batch)
    end
  end
end
return #due / 2
