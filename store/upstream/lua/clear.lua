-- ARGV: 2 what the names of the bag begin with.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
local prefix, names, bytes = ARGV[2], {}, 0
for _, name in ipairs(call('HKEYS', key)) do
  if string.sub(name, 1, #prefix) == prefix then
    names[#names + 1] = name
    bytes = bytes + weight(name) + call('HSTRLEN', key, name)
  end
end
for i = 1, #names, most do call('HDEL', key, unpack(names, i, math.min(i + most - 1, #names))) end
if m.ends then setEnds(m, names) end
m[REVISION], m[NEW] = digits(m[REVISION] + 1), '0'
m[FIELDS], m[BYTES] = digits(m[FIELDS] - #names), digits(m[BYTES] - bytes)
use(m, 0)
return { 'ok', write(key, m) }
