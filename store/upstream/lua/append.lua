-- ARGV: 2 most fields, 3 most bytes; 4 what is added; 5 how many bytes are kept, 0 for all; 6 the name.
local m, moved, of = open(key, { ARGV[6] })
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
local value, kept = (m.old[always + 1] or '') .. ARGV[4], tonumber(ARGV[5])
if kept > 0 then value = string.sub(value, -kept) end
ARGV[7] = value
local done = apply(m, ARGV[2], ARGV[3], 0, {}, { ARGV[6] }, 6, false)
done[#done + 1] = #value
return done
