-- Jobs that are packed, moved between lists and kept in hashes.
local prefix = KEYS[1] .. ':'
local function toHash(list)
  local t = {}
  for i = 1, #list, 2 do
    t[list[i]] = list[i + 1]
  end
  return t
end
local function add(name, data, options)
  local id = redis.call('INCR', prefix .. 'id')
  local packed = cmsgpack.pack({name, data, options})
  redis.call('HMSET', prefix .. id, 'name', name, 'data', cjson.encode(data), 'packed', packed, 'priority', options.priority or 0)
  if options.priority then
    redis.call('ZADD', prefix .. 'prioritized', options.priority * 0x100000000 + bit.band(id, 0xffffffff), id)
  else
    redis.call('LPUSH', prefix .. 'wait', id)
  end
  return id
end
add('mail', {to = 'someone'}, {})
add('image', {1, 2, {3}}, {priority = 2})
add('report', {deep = {deeper = {}}}, {priority = 1})
local moved = redis.call('RPOPLPUSH', prefix .. 'wait', prefix .. 'active')
local first = redis.call('ZRANGE', prefix .. 'prioritized', 0, 0)[1]
local job = toHash(redis.call('HGETALL', prefix .. first))
local name, data = unpack(cmsgpack.unpack(job.packed))
local missing = redis.call('HGET', prefix .. 'none', 'x')
if missing == false then
  missing = 'absent'
end
return {moved, first, job.name, job.data, name, type(data.deep), missing, cjson.decode(job.data).deep.deeper == nil and 1 or 0}
