#!lua
-- Puts dead letters back: KEYS[1] the stream, KEYS[2] its dead-letter stream, ARGV the letters' ids. Returns the count.
for _, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key)['ok']
  if found ~= 'none' and found ~= 'stream' then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a stream')
  end
end

local count = 0
for _, id in ipairs(ARGV) do
  local found = redis.call('XRANGE', KEYS[2], id, id)[1]
  if found then
    local fields = found[2]
    for n = 1, #fields, 2 do
      if fields[n] == 'm' then
        redis.call('XADD', KEYS[1], '*', 'm', fields[n + 1])
      end
    end
    redis.call('XDEL', KEYS[2], id)
    count = count + 1
  end
end
return count
