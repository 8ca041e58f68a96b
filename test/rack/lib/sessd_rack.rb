# frozen_string_literal: true

require 'json'
require 'rack/session/abstract/id'

# Sessions for Rack and Rails, kept by sessd: a save carries the keys that changed, and no others.
module Sessd
  # The session ended while the request was under way. Nothing was saved, and nothing brought it back.
  class SessionGone < StandardError
    def initialize(message = 'the session has ended')
      super
    end
  end

  KNOWN = 'sessd.known' # name → JSON that the server has; absent where there is no session
  ENDED = 'sessd.ended' # this request ended the session

  # What env['sessd'] offers beside env['rack.session'].
  class Control
    def initialize(store, req)
      @store = store
      @req = req
    end

    # Gives the session a new id at the end of the request, and its user. Belongs at every login.
    def rotate(principal: nil, grace: nil)
      load
      { renew: true, principal: principal, grace: grace }.compact.each { |name, value| options[name] = value }
    end

    # Adds to an integer at once, however many do so at the same time, and gives the sum.
    def incr(key, delta = 1)
      return session[key] = (session[key] || 0) + delta unless load # nobody else has the id yet

      save_first(key)
      sum = @store.command('SESS.INCR', id, key, delta)
      load[key] = sum.to_s
      session[key] = sum
    end

    # Removes a key at once and gives what it held: of requests at the same time one gets it.
    def take(key)
      value = session.delete(key)
      return value unless load&.delete(key)

      raw = @store.command('SESS.TAKE', id, 'FIELDS', 1, key).first
      raw && @store.parse(raw)
    end

    # Ends every session of a user, or all but this one, and gives how many.
    def destroy_all(principal, except_this: false)
      load
      except = except_this ? ['EXCEPT', id] : []
      @store.command('SESS.DESTROYALL', principal, *except)
    end

    private

    # What this request set or deleted is what counts, not what the server still has.
    def save_first(key)
      here = session.key?(key) ? { key => JSON.generate(session[key]) } : {}
      @store.send(:save, session.id, load.slice(key), here)
    end

    def session
      @req.get_header('rack.session')
    end

    def options
      @req.get_header('rack.session.options')
    end

    # Makes Rack read the session where it has not.
    def load
      session['']
      @req.get_header(KNOWN)
    end

    def id
      session.id.public_id
    end
  end

  # The store itself, for a class that descends from Rack::Session::Abstract::PersistedSecure.
  #
  # Options beside Rack's: redis, a client that has `call`, or a pool of them that has `with`; idle and absolute, timeouts in
  # seconds, the server's where left out; grace, the ms for which an old id works after a rotation, so that what a browser
  # has under way does not fail; gone, the Rack application that answers where a save finds no session.
  module Store
    GONE = ->(_env) { [401, { 'Content-Type' => 'application/json' }, ['{"error":"the session has ended"}']] }

    def initialize(app, options = {})
      super
      @redis = @default_options.delete(:redis) || raise(ArgumentError, 'sessions need the option redis')
      @gone = @default_options.delete(:gone) || GONE
      @idle = @default_options.delete(:idle)
      @absolute = @default_options.delete(:absolute)
      @grace = @default_options.delete(:grace) || 1000
    end

    def context(env, app = @app)
      req = make_request(env)
      prepare_session(req)
      status, headers, body = app.call(req.env)
      commit_session(req, Rack::Response::Raw.new(status, headers))
      [status, headers, body]
    rescue SessionGone
      body.close if body.respond_to?(:close)
      @gone.call(env)
    end

    def commit_session(req, res)
      super
      # Only the request that ended a session takes the cookie away: a late answer must not remove a newer id.
      forget_cookie(req, res) if req.get_header(ENDED) && !req.get_header(KNOWN)
    end

    def command(*words)
      words = words.map(&:to_s)
      @redis.respond_to?(:with) ? @redis.with { |one| one.call(*words) } : @redis.call(*words)
    rescue StandardError => e
      raise SessionGone if e.message.start_with?('NOSESSION')

      raise
    end

    def parse(raw)
      JSON.parse(raw)
    end

    private

    def prepare_session(req)
      super
      req.set_header('sessd', Control.new(self, req))
    end

    def find_session(req, sid)
      reply = sid && sid.public_id.match?(/\A[\w-]{22,128}\z/) ? command('SESS.GET', sid.public_id) : nil
      return [generate_sid, {}] unless reply

      known = reply.is_a?(Hash) ? reply : reply.each_slice(2).to_h
      known = known.transform_keys { |name| name.dup.force_encoding(Encoding::UTF_8) }
      session = known.transform_values { |raw| parse(raw) }
      # Another language may have spaced the JSON otherwise: what counts is whether the value changes here.
      req.set_header(KNOWN, session.transform_values { |value| JSON.generate(value) })
      [sid, session]
    end

    # Who stores nothing has no session.
    def commit_session?(req, session, options)
      super && (!req.get_header(KNOWN).nil? || !session.empty?)
    end

    def write_session(req, sid, session, options)
      known = req.get_header(KNOWN)
      now = session.to_h.to_h { |name, value| [name.to_s, JSON.generate(value)] }
      if known
        save(sid, known, now)
      else
        create(sid, now, options)
      end
      req.set_header(KNOWN, now)
      sid
    end

    def delete_session(req, sid, options)
      known = req.get_header(KNOWN)
      return known ? rotate(sid, options) : sid if options[:renew] && !options[:drop]

      command('SESS.DESTROY', sid.public_id)
      req.delete_header(KNOWN)
      req.set_header(ENDED, true)
      generate_sid unless options[:drop]
    end

    def create(sid, now, options)
      words = ['SESS.CREATE', sid.public_id]
      words.push('EX', @idle) if @idle
      words.push('MAXAGE', @absolute) if @absolute
      words.push('PRINCIPAL', options[:principal]) if options[:principal]
      command(*words, *fields(now))
    end

    def save(sid, known, now)
      removed = known.keys - now.keys
      changed = now.reject { |name, raw| known[name] == raw }
      return if removed.empty? && changed.empty?

      unset = removed.empty? ? [] : ['UNSET', removed.size, *removed]
      command('SESS.SAVE', sid.public_id, *unset, *fields(changed))
    end

    def rotate(sid, options)
      grace = options[:grace] || @grace
      words = ['SESS.ROTATE', sid.public_id, '*']
      words.push('GRACE', grace) if grace.positive?
      words.push('PRINCIPAL', options[:principal]) if options[:principal]
      Rack::Session::SessionId.new(command(*words))
    end

    def fields(all)
      all.empty? ? [] : ['FIELDS', all.size, *all.flatten]
    end

    def forget_cookie(_req, res)
      res.delete_cookie(key, path: @default_options[:path], domain: @default_options[:domain])
    end
  end

  # use Sessd::RackStore, redis: Redis.new
  class RackStore < Rack::Session::Abstract::PersistedSecure
    include Store
  end
end
