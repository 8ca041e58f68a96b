# redis-rb by itself: pipelines, transactions, scripts and pub/sub.
require_relative 'show'
need 'redis'

redis = Redis.new(port: PORT)
attempt('pipeline') { redis.pipelined { |p| p.set('a', 1); p.incr('a'); p.mget('a', 'b') } }
attempt('transaction') { redis.multi { |t| t.set('a', 'x', ex: 60); t.get('a') } }
attempt('transaction with an error') { redis.multi { |t| t.incr('a'); t.set('b', 1) } }
attempt('after it') { redis.get('b') }
attempt('watch') do
  redis.watch('b') do
    Redis.new(port: PORT).set('b', 5)
    redis.multi { |t| t.set('b', 6) }
  end
end
attempt('script') { redis.eval('return {KEYS[1], ARGV[1]}', ['k'], ['v']) }
attempt('script by its hash') { redis.evalsha(redis.script(:load, 'return redis.call("INCR", KEYS[1])'), ['n']) }
attempt('script with an error') { redis.eval('return redis.call("INCR", KEYS[1])', ['a']) }
attempt('scan') { redis.scan_each(match: '*').sort }
attempt('pub/sub') do
  heard = []
  subscriber = Redis.new(port: PORT)
  subscriber.subscribe_with_timeout(20, 'news') do |on|
    on.subscribe { Thread.new { redis.publish('news', 'hello') } }
    on.message do |channel, message|
      heard << [channel, message]
      subscriber.unsubscribe
    end
  end
  heard
end
