-- ARGV: 3 most fields, 4 most bytes; 5 the revision that the save is bound to, or empty; 6 idle timeout; 7 how many names to unset;
-- 8 to 10 as known.lua says, 8 empty where nothing is known; the names to unset; the name and the value of the metadata that a quick
-- save leaves; names and values.
local names, unsets, first = {}, {}, 13 + tonumber(ARGV[7])
for i = 11, first - 3 do names[i - 10], unsets[i - 10] = ARGV[i], ARGV[i] end
for i = first, #ARGV, 2 do names[#names + 1] = ARGV[i] end
local m, moved, of = read(names)
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
if ARGV[5] ~= '' and ARGV[5] ~= m[REVISION] then return { 'revision', tonumber(m[REVISION]) } end
return apply(m, 3, tonumber(ARGV[6]), unsets, names, first)
