-- ARGV: 3 and 4 are 0; names.
local names, values, there = {}, {}, {}
for i = 5, #ARGV do names[i - 4] = ARGV[i] end
local m, moved, of = read(names)
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
for i, name in ipairs(names) do
  values[i] = m.old[i + 2]
  if values[i] then there[#there + 1] = name end
end
local done
if #there > 0 then
  done = apply(m, 3, 0, there, names, #ARGV + 1)
else
  use(m, 0)
  done = { 'ok', write(key, m) }
end
done[#done + 1] = values
return done
