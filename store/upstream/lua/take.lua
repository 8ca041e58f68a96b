-- ARGV: 3 and 4 are 0; names.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
local names, values, there = {}, {}, {}
for i = 5, #ARGV do names[#names + 1] = ARGV[i] end
for i = 1, #names, most do
  local some = redis.call('HMGET', key, unpack(names, i, math.min(i + most - 1, #names)))
  for j = 1, math.min(most, #names - i + 1) do
    values[i + j - 1] = some[j]
    if some[j] then there[#there + 1] = names[i + j - 1] end
  end
end
local done
if #there > 0 then
  done = apply(m, 3, 0, there, {})
else
  done = described(m[R], use(m, 0), m, 0)
end
done[#done + 1] = values
return done
