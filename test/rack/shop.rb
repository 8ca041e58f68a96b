# frozen_string_literal: true

# The shop on Rack: on sessd, or with STORE=usual on redis-rack.
require 'json'
require 'rack'
require 'rack/handler/webrick'
require 'redis'
require 'socket'
require_relative 'lib/sessd_rack'

USUAL = ENV['STORE'] == 'usual'
PORT = ENV.fetch('REDIS_PORT').to_i

# One request of the shop.
class Shop
  NAMES = %w[me set cart flash take login logout logout-everywhere].freeze

  def self.call(env)
    new(env).answer
  end

  def initialize(env)
    @request = Rack::Request.new(env)
    @session = env['rack.session']
    @sessd = env['sessd']
    @name, *@words = @request.path_info.delete_prefix('/').split('/').map { |word| Rack::Utils.unescape_path(word) }
  end

  def answer
    return [404, {}, []] unless NAMES.include?(@name)

    body = send(@name.tr('-', '_'), *@words)
    body.nil? ? [204, {}, []] : [200, { 'Content-Type' => 'application/json' }, [JSON.generate(body)]]
  end

  private

  def me
    @session.to_hash
  end

  def set(field, value = nil)
    pause
    @request.delete? ? @session.delete("my.#{field}") : @session["my.#{field}"] = value
    nil
  end

  def cart(item)
    field = "cart.#{item}"
    unless USUAL
      pause
      @session[field] = @request.params['from'].to_i if @request.params.key?('from')
      return @sessd.incr(field)
    end
    quantity = @session[field] || 0
    pause
    @session[field] = quantity + 1
  end

  def flash(message)
    @session['flash'] = message
    nil
  end

  def take
    { flash: @sessd.take('flash') }
  end

  def login(user)
    @sessd.rotate(principal: user, grace: @request.params['grace'].to_i)
    @session['user'] = user
    nil
  end

  def logout
    @session.destroy
    @session['my.then'] = @request.params['then'] if @request.params.key?('then')
    nil
  end

  def logout_everywhere
    { ended: @sessd.destroy_all(@session['user'], except_this: @request.params.key?('else')) }
  end

  # What a handler waits for between reading its session and its end: a database, another service.
  def pause
    @session['user']
    sleep(@request.params['pause'].to_i / 1000.0)
    return unless (name = @request.params['gate'])

    TCPSocket.open('127.0.0.1', ENV.fetch('GATE_PORT').to_i) do |gate|
      gate.puts(name)
      gate.read
    end
  end
end

app = Rack::Builder.new do
  if USUAL
    require 'rack/session/redis'
    use Rack::Session::Redis, key: 'sid', redis_server: "redis://127.0.0.1:#{PORT}/0/rack:session"
  else
    timeouts = %w[IDLE ABSOLUTE].map { |name| ENV[name]&.to_i }
    # A client that sends a command again, since its answer was late, may add twice.
    redis = Redis.new(port: PORT, timeout: 60, reconnect_attempts: 0)
    use Sessd::RackStore, key: 'sid', redis: redis, idle: timeouts[0], absolute: timeouts[1], grace: 0
  end
  run Shop
end
quiet = { AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::BasicLog::WARN) }
trap('TERM') { exit! }
Rack::Handler::WEBrick.run(app.to_app, Host: '127.0.0.1', Port: ENV.fetch('PORT').to_i, **quiet)
