-- ARGV: 2 idle timeout.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
use(m, tonumber(ARGV[2]))
if alone and m[PRINCIPAL] ~= '' then enlist(m[PRINCIPAL], m[GENERATION], key, latestOf(m[IDLE], m[UNTIL])) end -- heals the index
return { 'ok', write(key, m) }
