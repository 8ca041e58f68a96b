-- ARGV: 3 most fields, 4 most bytes; 5 the revision that the save is bound to, or empty; 6 idle timeout; 7 how many names to unset,
-- and these; names and values.
local names, unsets, pairs, first = {}, {}, {}, 8 + tonumber(ARGV[7])
for i = 8, first - 1 do names[i - 7], unsets[i - 7] = ARGV[i], ARGV[i] end
for i = first, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  pairs[i - first + 1], pairs[i - first + 2] = ARGV[i], ARGV[i + 1]
end
local m, moved, of = read(names)
if not m then return absent(moved, of) end
if ARGV[5] ~= '' and ARGV[5] ~= m[R] then return { 'revision', tonumber(m[R]) } end
return apply(m, 3, tonumber(ARGV[6]), unsets, names, pairs)
