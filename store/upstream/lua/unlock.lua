-- ARGV: 2 the token.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if not isLockedWith(m, ARGV[2]) then return { 'no' } end
unlock(m)
return { 'ok', write(key, m) }
