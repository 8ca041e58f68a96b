-- ARGV: 3 idle timeout.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
local idle = tonumber(ARGV[3])
if alone and m[PRINCIPAL] ~= '' then redis.call('ZADD', indexOf(m[PRINCIPAL]), m[GENERATION], key) end -- heals the index
return described(m[R], use(m, idle), m, idle)
