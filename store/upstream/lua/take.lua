-- ARGV: 2 and 3 are 0; names.
local names, values, there = {}, {}, {}
for i = 4, #ARGV do names[i - 3] = ARGV[i] end
local m, moved, of = read(names)
if not m then return absent(moved, of) end
local no = barred(m)
if no then return no end
for i, name in ipairs(names) do
  values[i] = m.old[always + i]
  if values[i] then there[#there + 1] = name end
end
local done
if #there > 0 then
  done = apply(m, 0, 0, 0, there, names, #ARGV + 1)
else
  use(m, 0)
  done = { 'ok', write(key, m) }
end
done[#done + 1] = values
return done
