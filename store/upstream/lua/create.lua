-- ARGV: 2 idle, 3 absolute and 4 uninitialized timeout; 5 principal, 6 its generation in a cluster; 7 most fields, 8 most bytes;
-- 9 most sessions of the principal, 10 what admit is told of others; 11 for how long the id does; 12 which fields end after how long,
-- as endsOf has them; 13 until when it is made, 0 for ever; the name and the value of the handle; names and values.
local m, moved = open(key)
if m or moved then return { 'exists' } end
if ARGV[13] ~= '0' and now > tonumber(ARGV[13]) then return { 'late' } end
local principal, seen, fields, bytes = ARGV[5], {}, 0, #ARGV[5]
for i = 16, #ARGV, 2 do
  local name, value = ARGV[i], ARGV[i + 1]
  if seen[name] then
    bytes = bytes - seen[name]
  else
    fields, bytes = fields + 1, bytes + weight(name)
  end
  seen[name] = #value
  bytes = bytes + #value
end
local limit = tonumber(ARGV[7])
if limit > 0 and fields > limit then return { 'limit', 'fields', limit } end
limit = tonumber(ARGV[8])
if limit > 0 and bytes > limit then return { 'limit', 'bytes', limit } end
local absolute, fresh, removed, no = tonumber(ARGV[3]), tonumber(ARGV[4]), {}, nil
if absolute > 0 then absolute = now + absolute end
if fresh > 0 and principal == '' then fresh = now + fresh else fresh = 0 end
if principal ~= '' then removed, no = admit(principal, tonumber(ARGV[9]), ARGV[10]) end
if not removed then return no end
m = {}
for i = 1, PRINCIPAL do m[i] = '0' end
m[CREATED], m[RENEWED], m[IDLE], m[UNTIL], m[NEW], m[RENEW] = digits(now), digits(now), ARGV[2], digits(absolute), digits(fresh), ARGV[11]
m[PRINCIPAL], m[GENERATION], m[HANDLE], m[FIELDS], m[BYTES] = principal, ARGV[6], ARGV[15], digits(fields), digits(bytes)
if principal ~= '' and alone then m[GENERATION] = bind(principal, key, latestOf(m[IDLE], m[UNTIL])) end
m[CHANGE] = digits(instant % 1000000) -- so that no session of this key is taken for another
use(m, 0)
local ends = endsOf(ARGV[12])
for name, after in pairs(ends) do ends[name] = now + after end
if next(ends) then writeEnds(key, ends) end
return { 'ok', write(key, m, principal ~= '', 14), removed }
