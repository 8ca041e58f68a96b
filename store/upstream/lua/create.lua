-- ARGV: 3 idle, 4 absolute and 5 uninitialized timeout; 6 principal, 7 its generation in a cluster; 8 most fields, 9 most bytes;
-- 10 most sessions of the principal, 11 is 1 to evict some; 12 handle; 13 for how long the id does; names and values.
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
local absolute, fresh, removed = tonumber(ARGV[4]), tonumber(ARGV[5]), {}
if absolute > 0 then absolute = now + absolute end
if fresh > 0 and principal == '' then fresh = now + fresh else fresh = 0 end
if principal ~= '' then removed = admit(principal, tonumber(ARGV[10]), ARGV[11] == '1') end
if not removed then return { 'crowd', tonumber(ARGV[10]) } end
m = {}
for i = 1, PRINCIPAL do m[i] = '0' end
m[CREATED], m[RENEWED], m[IDLE], m[UNTIL], m[NEW], m[RENEW] = digits(now), digits(now), ARGV[3], digits(absolute), digits(fresh), ARGV[13]
m[PRINCIPAL], m[GENERATION], m[HANDLE], m[FIELDS], m[BYTES] = principal, ARGV[7], ARGV[12], digits(fields), digits(bytes)
if principal ~= '' and alone then m[GENERATION] = bind(principal, key) end
use(m, 0)
for i = 14, #ARGV, most do call('HSET', key, unpack(ARGV, i, math.min(i + most - 1, #ARGV))) end
return { 'ok', write(key, m), removed }
