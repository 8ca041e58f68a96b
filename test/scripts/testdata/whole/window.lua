-- A sliding window in a sorted set.
local now, window, limit = 1700000000000, 60000, 3
local answers = {}
for i = 1, 5 do
  local at = now + i * 1000
  redis.call('zremrangebyscore', KEYS[1], 0, at - window)
  local count = redis.call('zcard', KEYS[1])
  if count < limit then
    redis.call('zadd', KEYS[1], at, at .. ':' .. i)
    answers[#answers + 1] = {1, limit - count - 1}
  else
    local oldest = redis.call('zrange', KEYS[1], 0, 0, 'WITHSCORES')
    answers[#answers + 1] = {0, oldest[2] + window - at, oldest[1]}
  end
end
redis.call('pexpire', KEYS[1], window)
return {answers, redis.call('zrange', KEYS[1], 0, -1, 'WITHSCORES')}
