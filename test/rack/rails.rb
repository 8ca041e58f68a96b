# frozen_string_literal: true

# What Rails expects of a session store, tried with ActionDispatch on the server at REDIS_PORT. Prints "ok" at the end.
begin
  require 'rack/mock'
  require 'redis'
  require_relative 'lib/sessd_rails'
rescue LoadError => e
  warn "#{e.path} is not installed"
  exit 77
end

REDIS = Redis.new(port: ENV.fetch('REDIS_PORT').to_i, timeout: 60)

def check(what, got, want)
  return if got == want

  warn "#{what}:\n got #{got.inspect}\nwant #{want.inspect}"
  exit 1
end

# A browser of one application, whose handler is a block that gets an ActionDispatch::Request.
class Site
  attr_reader :cookie

  def initialize
    store = ActionDispatch::Session::SessdStore.new(method(:serve), redis: REDIS, key: 'sid', grace: 0)
    @app = ActionDispatch::Cookies.new(store)
  end

  def serve(env)
    @answer = @handler.call(ActionDispatch::Request.new(env))
    [200, {}, ['served']]
  end

  def request(&handler)
    @handler = handler
    response = Rack::MockRequest.new(@app).get('/', 'HTTP_COOKIE' => @cookie ? "sid=#{@cookie}" : '')
    @cookie = Regexp.last_match(1) if response['Set-Cookie'].to_s =~ /sid=([^;]*)/
    @cookie = nil if @cookie == ''
    response.status == 200 ? @answer : response.status
  end
end

site = Site.new
check 'who stores nothing', site.request { |r| r.session[:user] }, nil
check 'has no cookie', site.cookie, nil

site.request { |r| r.session.update(lang: 'en', cart: { 'tea' => 1 }) }
first = site.cookie
both = site.request do |r|
  r.session['cart']['tea'] += 1 # inside a value
  REDIS.call('SESS.SAVE', r.session.id.public_id, 'lang', '"de"')
end
check 'another saved meanwhile', both, 1
check 'both changes stay', site.request { |r| r.session.to_hash }, { 'lang' => 'de', 'cart' => { 'tea' => 2 } }
check 'a key is deleted', site.request { |r| r.session.delete(:lang) }, 'de'
check 'the others stay', site.request { |r| r.session.to_hash }, { 'cart' => { 'tea' => 2 } }

site.request do |r|
  r.env['sessd'].rotate(principal: 'ann')
  r.session[:user] = 'ann'
end
check 'the login has a new id', site.cookie == first, false
check 'the old id is dead', REDIS.exists(first), 0
check 'the user has one session', REDIS.call('SESS.LIST', 'ann'), [site.cookie]

before = site.cookie
site.request do |r|
  r.reset_session
  r.session[:lang] = 'it'
end
check 'reset_session ends it', REDIS.exists(before), 0
check 'and begins another', site.request { |r| r.session.to_hash }, { 'lang' => 'it' }

lost = site.request do |r|
  r.session[:lang] # loads it
  REDIS.call('SESS.DESTROY', r.session.id.public_id)
  r.session[:lang] = 'fr'
end
check 'a save after the end', lost, 401
check 'brings nothing back', REDIS.exists(site.cookie), 0
puts 'ok'
