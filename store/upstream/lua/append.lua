-- ARGV: 3 most fields, 4 most bytes; 5 the name; 6 what is added; 7 how many bytes are kept, 0 for all.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
local old = redis.call('HGET', key, ARGV[5])
local value = (old or '') .. ARGV[6]
local kept = tonumber(ARGV[7])
if kept > 0 then value = string.sub(value, -kept) end
m[MOVED + 1] = old
local done = apply(m, 3, 0, {}, { ARGV[5] }, { ARGV[5], value })
done[#done + 1] = #value
return done
