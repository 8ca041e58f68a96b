-- The other half of move.lua: makes a session under a new key. ARGV: 2 until when that is allowed, by the clock of this key's server, or
-- empty to learn its time; 3 the expiry, 0 for none; names and values.
if ARGV[2] == '' then return { 'ok', now } end
if now > tonumber(ARGV[2]) then return { 'late' } end
local m, moved = open(key)
if m or moved then return { 'exists' } end
call('DEL', key)
for i = 4, #ARGV, most do call('HSET', key, unpack(ARGV, i, math.min(i + most - 1, #ARGV))) end
if ARGV[3] ~= '0' then call('PEXPIREAT', key, ARGV[3]) end
return { 'ok' }
