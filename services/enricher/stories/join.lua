#!lua
-- Entries join a story each, or begin one. What is like an entry is shown first; what was decided is written where
-- nobody is like it but those it was decided from. They are taken in order, each after what the one before has written.
--
-- KEYS[1…n] the index of each bucket, the newest first: under a field the references of up to 6 entries, 10 bytes each
-- KEYS[n+1…2n] the marks of each bucket, by reference
-- KEYS[2n+1…] for each entry the set of the sources that have its story
-- ARGV[1] n      ARGV[2] seconds to keep a bucket      ARGV[3] at most so many entries in a bucket
-- ARGV[4…] for each entry: reference, marks with the story, source, those seen (10 bytes of reference, 8 of the SHA-1 of
-- the marks, as hexadecimal digits), the references of those known to be unlike it, the numbers of the entries of this
-- call that have to be written for what was decided to hold, parted by commas, the number of its fields of the index,
-- these fields
-- Returns for each {1, number of sources} where it is written; {0, own marks or "", reference, marks, reference, …} of
-- who was not seen yet where not.
local n, kept, limit = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local most_refs, most_candidates, a_name_counts = 60, 16, 4
for at, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key)['ok']
  local wanted = at <= 2 * n and 'hash' or 'set'
  if found ~= 'none' and found ~= wanted then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. wanted)
  end
end

-- Those that share the most fields, shingles or names, with the entry.
local function candidates(ref, fields)
  local found, newest = {}, {}
  for bucket = 1, n do
    local held = #fields > 0 and redis.call('HMGET', KEYS[bucket], unpack(fields)) or {}
    if bucket == 1 then
      newest = held
    end
    for at, refs in ipairs(held) do
      local counts = fields[at]:sub(1, 1) == 'n' and a_name_counts or 1
      for from = 1, refs and #refs or 0, 10 do
        local other = refs:sub(from, from + 9)
        if other ~= ref and found[other] then
          found[other].shared = found[other].shared + counts
        elseif other ~= ref then
          found[other] = {ref = other, bucket = bucket, shared = counts}
          found[#found + 1] = found[other]
        end
      end
    end
  end
  table.sort(found, function(one, other)
    return one.shared > other.shared or (one.shared == other.shared and one.ref < other.ref)
  end)
  return found, newest
end

local function is_new(ref, marks, seen)
  return not seen:find(ref .. redis.sha1hex(marks):sub(1, 8), 1, true)
end

local function write(sources, ref, marks, source, fields, newest)
  local known = redis.call('HEXISTS', KEYS[n + 1], ref) == 1
  if known or redis.call('HLEN', KEYS[n + 1]) < limit then
    redis.call('HSET', KEYS[n + 1], ref, marks)
    for at, field in ipairs(fields) do
      local refs = newest[at] or ''
      if not refs:find(ref, 1, true) then
        redis.call('HSET', KEYS[1], field, (refs .. ref):sub(-most_refs))
      end
    end
    redis.call('EXPIRE', KEYS[1], kept)
    redis.call('EXPIRE', KEYS[n + 1], kept)
  end
  redis.call('SADD', sources, source)
  redis.call('EXPIRE', sources, kept)
  return {1, redis.call('SCARD', sources)}
end

local function join(sources, ref, marks, source, seen, unlike, ready, fields)
  local own = false
  for bucket = 1, n do
    own = own or redis.call('HGET', KEYS[n + bucket], ref)
  end
  local like, newest = candidates(ref, fields)
  if own then
    return (is_new(ref, own, seen) or not ready) and {0, own} or write(sources, ref, marks, source, fields, newest)
  end
  local answer = {0, ''}
  for at = 1, math.min(#like, most_candidates) do
    local other = like[at]
    if not unlike:find(other.ref, 1, true) then
      local held = redis.call('HGET', KEYS[n + other.bucket], other.ref)
      if held and is_new(other.ref, held, seen) then
        answer[#answer + 1] = other.ref
        answer[#answer + 1] = held
      end
    end
  end
  return (#answer > 2 or not ready) and answer or write(sources, ref, marks, source, fields, newest)
end

local function all_written(needs, answers)
  for number in needs:gmatch('%d+') do
    if answers[tonumber(number)][1] == 0 then
      return false
    end
  end
  return true
end

local answers, at = {}, 4
for number = 1, #KEYS - 2 * n do
  local fields, count = {}, tonumber(ARGV[at + 6])
  for field = 1, count do
    fields[field] = ARGV[at + 6 + field]
  end
  local ready = all_written(ARGV[at + 5], answers)
  local sources, ref, marks, source = KEYS[2 * n + number], ARGV[at], ARGV[at + 1], ARGV[at + 2]
  answers[number] = join(sources, ref, marks, source, ARGV[at + 3], ARGV[at + 4], ready, fields)
  at = at + 7 + count
end
return answers
