-- ARGV: 3 most fields, 4 most bytes; 5 what is added; 6 how many bytes are kept, 0 for all; 7 the name.
local m, moved, of = open(key, { ARGV[7] })
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
local value, kept = (m.old[3] or '') .. ARGV[5], tonumber(ARGV[6])
if kept > 0 then value = string.sub(value, -kept) end
ARGV[8] = value
local done = apply(m, 3, 0, {}, { ARGV[7] }, 7)
done[#done + 1] = #value
return done
