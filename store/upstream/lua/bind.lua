-- For clusters, where the keys of a principal lie apart from those of its sessions. KEYS: 1 the index, 2 the stamp. ARGV: 2 the
-- principal; 3 the key that is bound; 4 is 1 to stop binding it.
if ARGV[4] == '1' then
  unbind(ARGV[2], ARGV[3])
  return { 'ok' }
end
return { 'ok', bind(ARGV[2], ARGV[3]) }
