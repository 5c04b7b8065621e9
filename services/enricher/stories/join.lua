#!lua
-- An entry joins a story, or begins one: what is like it is found, and what was decided is written where nothing that
-- the decision was made from has changed meanwhile.
--
-- KEYS[1…n] the index of each bucket, the newest first: under a field the references of up to 6 entries, 10 bytes each
-- KEYS[n+1…2n] the marks of each bucket, by reference
-- KEYS[2n+1] the set of the sources that have the story
-- ARGV[1] reference      ARGV[2] marks, with the story      ARGV[3] source      ARGV[4] seconds to keep a bucket
-- ARGV[5] at most so many entries in a bucket      ARGV[6] "" to look first, else what looking answered as `seen`
-- ARGV[7…] fields of the index
-- Returns {1, number of sources} where it is written; {0, seen, own marks or "", marks of others …} where not. Looking
-- writes at once where nobody is like it and it is new.
local n = (#KEYS - 1) / 2
for at, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key)['ok']
  local wanted = at <= 2 * n and 'hash' or 'set'
  if found ~= 'none' and found ~= wanted then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. wanted)
  end
end
local fields = {}
for at = 7, #ARGV do
  fields[#fields + 1] = ARGV[at]
end
local ref, most_refs, most_candidates = ARGV[1], 60, 60

local newest, others, order = {}, {}, {}
for bucket = 1, n do
  local held = #fields > 0 and redis.call('HMGET', KEYS[bucket], unpack(fields)) or {}
  if bucket == 1 then
    newest = held
  end
  for _, refs in ipairs(held) do
    if refs then
      for at = 1, #refs, 10 do
        local other = refs:sub(at, at + 9)
        if other ~= ref and not others[other] and #order < most_candidates then
          others[other] = bucket
          order[#order + 1] = other
        end
      end
    end
  end
end
local own = false
for bucket = 1, n do
  own = own or redis.call('HGET', KEYS[n + bucket], ref)
end
local parts = {own or ''}
for at = 1, #fields do
  parts[#parts + 1] = newest[at] or '-'
end
local seen = redis.sha1hex(table.concat(parts, '/'))

local looking = ARGV[6] == ''
if (looking and (own or #order > 0)) or (not looking and ARGV[6] ~= seen) then
  local answer = {0, seen, own or ''}
  for _, other in ipairs(order) do
    local marks = redis.call('HGET', KEYS[n + others[other]], other)
    if marks then
      answer[#answer + 1] = marks
    end
  end
  return answer
end

local known = redis.call('HEXISTS', KEYS[n + 1], ref) == 1
if known or redis.call('HLEN', KEYS[n + 1]) < tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[n + 1], ref, ARGV[2])
  for at, field in ipairs(fields) do
    local refs = newest[at] or ''
    if not refs:find(ref, 1, true) then
      redis.call('HSET', KEYS[1], field, (refs .. ref):sub(-most_refs))
    end
  end
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  redis.call('EXPIRE', KEYS[n + 1], ARGV[4])
end
redis.call('SADD', KEYS[2 * n + 1], ARGV[3])
redis.call('EXPIRE', KEYS[2 * n + 1], ARGV[4])
return {1, redis.call('SCARD', KEYS[2 * n + 1])}
