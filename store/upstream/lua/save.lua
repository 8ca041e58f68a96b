-- ARGV: 2 most fields, most bytes, the idle timeout, how many names to unset, the revision that the save is bound to, or nothing, and
-- behind a semicolon which fields end after how long, as endsOf has them; 3 and 4 as known.lua says, 3 empty where nothing is known;
-- 5 the state that a quick save leaves; the names to unset; names and values.
local mostfields, mostbytes, idle, count, bound, after = string.match(ARGV[2], '^(%d+) (%d+) (%d+) (%d+) (-?%d*);?(.*)$')
local names, unsets, first = {}, {}, 6 + tonumber(count)
for i = 6, first - 1 do names[i - 5], unsets[i - 5] = ARGV[i], ARGV[i] end
for i = first, #ARGV, 2 do names[#names + 1] = ARGV[i] end
local m, moved, of = read(names)
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
if bound ~= '' and bound ~= m[REVISION] then return { 'revision', tonumber(m[REVISION]) } end
return apply(m, mostfields, mostbytes, tonumber(idle), unsets, names, first, after ~= '' and endsOf(after) or nil)
