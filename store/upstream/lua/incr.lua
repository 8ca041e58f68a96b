-- ARGV: 3 most fields, 4 most bytes; 5 the name; 6 what to add; 7 and 8 the least and the greatest sum.
local m, moved, of = open(key)
if not m then return absent(moved, of) end

-- less compares decimal integers, which may be too great for a number of Lua's.
local function less(a, b)
  local negative, other = string.sub(a, 1, 1) == '-', string.sub(b, 1, 1) == '-'
  if negative ~= other then return negative end
  if #a ~= #b then return (#a < #b) ~= negative end
  if a == b then return false end
  return (a < b) ~= negative
end

local old = redis.call('HGET', key, ARGV[5])
local result = redis.pcall('HINCRBY', key, ARGV[5], ARGV[6])
if type(result) == 'table' and result.err then
  if string.find(result.err, 'overflow') then return { 'overflow' } end
  return { 'integer' }
end
local sum = redis.call('HGET', key, ARGV[5])
if old then redis.call('HSET', key, ARGV[5], old) else redis.call('HDEL', key, ARGV[5]) end
if less(sum, ARGV[7]) or less(ARGV[8], sum) then return { 'overflow' } end
m[MOVED + 1] = old
local done = apply(m, 3, 0, {}, { ARGV[5] }, { ARGV[5], sum })
done[#done + 1] = sum
return done
