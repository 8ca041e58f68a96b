-- ARGV: 3 what the names of the bag begin with.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
local prefix, names, bytes = ARGV[3], {}, tonumber(m[BYTES])
for _, name in ipairs(redis.call('HKEYS', key)) do
  if string.sub(name, 1, #prefix) == prefix then
    names[#names + 1] = name
    bytes = bytes - weight(name) - redis.call('HSTRLEN', key, name)
  end
end
for i = 1, #names, most do redis.call('HDEL', key, unpack(names, i, math.min(i + most - 1, #names))) end
local revision = tonumber(m[R]) + 1
redis.call('HSET', key, '@revision', revision, '@bytes', bytes, '@new', 0)
m[NEW] = '0'
return described(revision, use(m, 0), m, 0)
