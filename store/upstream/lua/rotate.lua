-- KEYS[2] is the new key. ARGV: 3 grace; 4 is 1 to bind the session to the principal in 5, with the generation in 6 unless this
-- is decided here; 7 most bytes; 8 most aliases;
-- 9 most sessions of the principal, 10 is 1 to evict some.
local target = KEYS[2]
local m = open(key)
if not m then return { 'gone' } end
if target == key then return { 'exists' } end
local other, moved = open(target)
if other or moved then return { 'exists' } end
if redis.call('EXISTS', target) == 1 then redis.call('DEL', target) end
local principal, generation, bytes, fresh = m[PRINCIPAL], m[GENERATION], tonumber(m[BYTES]), tonumber(m[NEW])
if ARGV[4] == '1' then
  bytes = bytes + #ARGV[5] - #principal
  local limit = tonumber(ARGV[7])
  if limit > 0 and bytes > limit and #ARGV[5] > #principal then return { 'limit', 'bytes', limit } end
  if ARGV[5] ~= '' and ARGV[5] ~= principal and not admit(ARGV[5], tonumber(ARGV[9]), ARGV[10] == '1') then
    return { 'crowd', tonumber(ARGV[9]) }
  end
end
if alone and principal ~= '' then unbind(principal, key) end
redis.call('RENAME', key, target)
if ARGV[4] == '1' then
  principal, generation = ARGV[5], ARGV[6]
  if principal ~= '' then fresh = 0 end
  if alone and principal ~= '' then generation = string.format('%.0f', bind(principal, target)) end
  if principal == '' then generation = '0' end
elseif alone and principal ~= '' then
  redis.call('ZADD', indexOf(principal), generation, target)
end
local at = earliest(tonumber(redis.call('HGET', target, '@used')), tonumber(m[IDLE]), tonumber(m[UNTIL]), fresh)
redis.call('HSET', target, '@principal', principal, '@generation', generation, '@bytes', bytes, '@renewed', now, '@new', string.format('%.0f', fresh), '@expires', string.format('%.0f', at))
expire(target, at)
local aliases, grace = {}, tonumber(ARGV[3])
do
  for _, alias in ipairs(aliasesOf(target)) do
    local a = redis.call('HMGET', alias, '@moved', '@expires')
    if alias ~= target and a[1] == key and tonumber(a[2]) > now then
      redis.call('HSET', alias, '@moved', target)
      aliases[#aliases + 1] = alias
    end
  end
end
if grace > 0 then
  local ends = string.format('%.0f', now + grace)
  redis.call('HSET', key, '@moved', target, '@of', redis.call('HGET', target, '@handle'), '@expires', ends)
  redis.call('PEXPIREAT', key, ends)
  aliases[#aliases + 1] = key
end
while #aliases > tonumber(ARGV[8]) do redis.call('DEL', table.remove(aliases, 1)) end
if #aliases > 0 then
  redis.call('HSET', target, '@aliases', cmsgpack.pack(aliases))
else
  redis.call('HDEL', target, '@aliases')
end
return { 'ok', now, tonumber(m[UNTIL]), tonumber(m[EXPIRES]), m[PRINCIPAL], redis.call('HGET', target, '@handle') }
