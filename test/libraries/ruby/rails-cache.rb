# The cache store of Rails: values, several at once, counters and patterns.
require_relative 'show'
need 'redis', 'logger', 'active_support', 'active_support/cache', 'active_support/cache/redis_cache_store', 'active_support/notifications'

failed = ->(method:, returning:, exception:) { show "error of #{method}", exception.message }
cache = ActiveSupport::Cache::RedisCacheStore.new(url: URL, namespace: 'app', error_handler: failed, expires_in: 600)
attempt('write') { cache.write('a', { n: 1 }) }
attempt('read') { cache.read('a') }
attempt('unless it is there') { [cache.write('a', 2, unless_exist: true), cache.write('b', 2, unless_exist: true)] }
attempt('fetch') { [cache.fetch('c') { 'made' }, cache.fetch('c') { 'made again' }] }
attempt('several') { [cache.write_multi({ 'd' => 4, 'e' => [5] }).keys, cache.read_multi('d', 'e', 'none')] }
attempt('fetch several') { cache.fetch_multi('d', 'f') { |key| "made #{key}" } }
attempt('for ever') { [cache.write('g', 'g' * 2000, expires_in: nil, compress_threshold: 100), cache.read('g').size] }
attempt('counters') { [cache.increment('n', 2), cache.decrement('n'), cache.increment('m', 1, expires_in: 60)] }
attempt('exists') { [cache.exist?('a'), cache.exist?('none')] }
attempt('stale') { cache.fetch('s', race_condition_ttl: 10, expires_in: 60) { 's' } }
attempt('delete') { [cache.delete('a'), cache.delete_multi(%w[b none])] }
attempt('delete a pattern') { !cache.delete_matched('d*').nil? }
attempt('after it') { cache.read_multi('c', 'd', 'e') }
attempt('clear') { [!cache.clear.nil?, cache.read('e')] }
