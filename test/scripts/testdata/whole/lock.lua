-- A lock over several keys: taken together, or not at all.
local function release(taken)
  for _, key in ipairs(taken) do
    redis.pcall('del', key)
  end
end
local taken = {}
redis.call('set', KEYS[2], 'other')
for i, key in ipairs(KEYS) do
  local reply = redis.pcall('set', key, ARGV[1], 'NX', 'PX', 10000)
  if type(reply) == 'table' and reply.ok then
    table.insert(taken, key)
  else
    release(taken)
    break
  end
end
local wrong = redis.pcall('lpush', KEYS[2], 'x')
local names = {}
for word in string.gmatch(wrong['err'], '%S+') do
  names[#names + 1] = word:lower()
end
return {#taken, redis.call('exists', unpack(KEYS)), table.concat(names, '-'), redis.call('pttl', KEYS[1])}
