# redis-rack: sessions of Rack applications.
require_relative 'show'
need 'rack', 'rack/mock', 'rack/session/redis'

app = lambda do |env|
  session = env['rack.session']
  case env['PATH_INFO']
  when '/count' then session['count'] = session['count'].to_i + 1
  when '/rotate' then env['rack.session.options'][:renew] = true
  when '/logout' then env['rack.session.options'][:drop] = true
  end
  [200, {}, [session['count'].inspect]]
end
options = { redis_server: "#{URL}/0/rack:session" }
{ 'for ever' => options, 'for a time' => options.merge(expire_after: 600) }.each do |name, all|
  browser = Rack::MockRequest.new(Rack::Session::Redis.new(app, all))
  cookie = nil
  %w[/count /count /look /rotate /count /logout /count].each do |path|
    response = browser.get(path, 'HTTP_COOKIE' => cookie)
    cookie = response['Set-Cookie'][/\A[^;]+/] if response['Set-Cookie']
    show "#{name} #{path}", [response.status, response.body]
  end
end
