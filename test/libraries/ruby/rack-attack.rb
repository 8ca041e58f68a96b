# Rack::Attack: throttles and bans with their counts in the cache store of redis-rb.
require_relative 'show'
need 'rack', 'rack/mock', 'redis', 'active_support', 'active_support/cache', 'rack/attack'

Rack::Attack.cache.store = Redis.new(port: PORT)
Rack::Attack.throttle('all', limit: 2, period: 86_400) { |request| request.ip if request.path == '/' }
Rack::Attack.blocklist('guessers') do |request|
  Rack::Attack::Fail2Ban.filter(request.ip, maxretry: 2, findtime: 600, bantime: 600) { request.path == '/login' }
end
browser = Rack::MockRequest.new(Rack::Attack.new(->(_env) { [200, {}, ['served']] }))
%w[/ / / /other /login /login /other].each do |path|
  attempt(path) { browser.get(path, 'REMOTE_ADDR' => '10.0.0.1').status }
end
