-- ARGV: 3 idle, 4 absolute and 5 uninitialized timeout; 6 principal, 7 its generation in a cluster; 8 most fields, 9 most bytes;
-- 10 most sessions of the principal, 11 is 1 to evict some; 12 handle; 13 for how long
-- the id does; names and values.
local m, moved = open(key)
if m or moved then return { 'exists' } end
local principal, seen, fields, bytes = ARGV[6], {}, 0, #ARGV[6]
for i = 14, #ARGV, 2 do
  local name, value = ARGV[i], ARGV[i + 1]
  if seen[name] then
    bytes = bytes - seen[name]
  else
    fields, bytes = fields + 1, bytes + weight(name)
  end
  seen[name] = #value
  bytes = bytes + #value
end
local limit = tonumber(ARGV[8])
if limit > 0 and fields > limit then return { 'limit', 'fields', limit } end
limit = tonumber(ARGV[9])
if limit > 0 and bytes > limit then return { 'limit', 'bytes', limit } end
local idle, absolute, fresh = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if absolute > 0 then absolute = now + absolute end
if fresh > 0 and principal == '' then fresh = now + fresh else fresh = 0 end
if principal ~= '' and not admit(principal, tonumber(ARGV[10]), ARGV[11] == '1') then return { 'crowd', tonumber(ARGV[10]) } end
local generation = ARGV[7]
if principal ~= '' and alone then generation = string.format('%.0f', bind(principal, key)) end
local at = earliest(now, idle, absolute, fresh)
redis.call('HSET', key, '@revision', 0, '@created', now, '@used', now, '@idle', idle, '@until', string.format('%.0f', absolute),
  '@new', string.format('%.0f', fresh), '@principal', principal, '@generation', generation, '@bytes', bytes,
  '@handle', ARGV[12], '@renew', ARGV[13], '@renewed', now, '@expires', string.format('%.0f', at))
for i = 14, #ARGV, most do
  redis.call('HSET', key, unpack(ARGV, i, math.min(i + most - 1, #ARGV)))
end
expire(key, at)
return { 'ok', now }
