-- For clusters. ARGV: 3 the principal that the session must belong to; 4 the generation that it gets.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if m[PRINCIPAL] ~= ARGV[3] then return { 'gone' } end
m[GENERATION] = ARGV[4]
return { 'ok', write(key, m) }
