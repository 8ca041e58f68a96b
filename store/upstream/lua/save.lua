-- ARGV: 3 most fields, 4 most bytes; 5 the revision that the save is bound to, or empty; 6 idle timeout; 7 how many names to unset,
-- and these; names and values.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if ARGV[5] ~= '' and ARGV[5] ~= m[R] then return { 'revision', tonumber(m[R]) } end
local unsets, pairs, first = {}, {}, 8 + tonumber(ARGV[7])
for i = 8, first - 1 do unsets[#unsets + 1] = ARGV[i] end
for i = first, #ARGV do pairs[#pairs + 1] = ARGV[i] end
return apply(m, 3, tonumber(ARGV[6]), unsets, pairs)
