-- For clusters, where the keys of a principal lie apart from those of its sessions. KEYS: 1 the index, 2 the stamp. ARGV: 3 the
-- principal; 4 the key that is bound; 5 is 1 to stop binding it.
if ARGV[5] == '1' then
  unbind(ARGV[3], ARGV[4])
  return { 'ok' }
end
return { 'ok', bind(ARGV[3], ARGV[4]) }
