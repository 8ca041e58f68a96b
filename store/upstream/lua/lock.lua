-- ARGV: 2 the token; 3 for how many milliseconds; 4 is 1 to read the session too, 2 to use it as well.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if tonumber(m[LOCKED]) > now and not isLockedWith(m, ARGV[2]) then return { 'locked', m[LOCKED] - now } end
m[LOCKED] = digits(now + ARGV[3])
call('HSET', key, '@lock', ARGV[2])
if ARGV[4] == '2' then use(m, 0) end
local text = write(key, m)
if ARGV[4] == '0' then return { 'ok', text } end
return { 'ok', text, call('HGETALL', key) }
