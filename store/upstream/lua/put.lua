-- The other half of move.lua: makes a session under a new key. ARGV: 3 until when that is allowed; 4 its expiry, 0 for none; names and values.
if now > tonumber(ARGV[3]) then return { 'late' } end
local m, moved = open(key)
if m or moved then return { 'exists' } end
redis.call('DEL', key)
for i = 5, #ARGV, most do
  redis.call('HSET', key, unpack(ARGV, i, math.min(i + most - 1, #ARGV)))
end
expire(key, tonumber(ARGV[4]))
return { 'ok' }
