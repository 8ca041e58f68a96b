-- The other half of move.lua: makes a session under a new key. ARGV: 2 until when that is allowed; 3 its expiry, 0 for none; names and values.
if now > tonumber(ARGV[2]) then return { 'late' } end
local m, moved = open(key)
if m or moved then return { 'exists' } end
call('DEL', key)
for i = 4, #ARGV, most do call('HSET', key, unpack(ARGV, i, math.min(i + most - 1, #ARGV))) end
if ARGV[3] ~= '0' then call('PEXPIREAT', key, ARGV[3]) end
return { 'ok' }
