-- ARGV: 2 most fields, 3 most bytes; 4 what to add; 5 and 6 the least and the greatest sum; 7 the name.
local m, moved, of = open(key, { ARGV[7] })
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end

-- less compares decimal integers, which may be too great for a number of Lua's.
local function less(a, b)
  local negative, other = string.sub(a, 1, 1) == '-', string.sub(b, 1, 1) == '-'
  if negative ~= other then return negative end
  if #a ~= #b then return (#a < #b) ~= negative end
  if a == b then return false end
  return (a < b) ~= negative
end

local name, old = ARGV[7], m.old[always + 1]
local result = redis.pcall('HINCRBY', key, name, ARGV[4])
if type(result) == 'table' and result.err then
  if string.find(result.err, 'overflow') then return { 'overflow' } end
  return { 'integer' }
end
local sum = call('HGET', key, name)
if old then call('HSET', key, name, old) else call('HDEL', key, name) end
local done
if less(sum, ARGV[5]) or less(ARGV[6], sum) then
  done = { 'overflow' }
else
  ARGV[8] = sum
  done = apply(m, ARGV[2], ARGV[3], 0, {}, { name }, 7, false)
end
if done[1] ~= 'ok' then
  call('EXISTS', key) -- see settle
  return done
end
done[#done + 1] = sum
return done
