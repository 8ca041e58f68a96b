# frozen_string_literal: true

require 'action_dispatch'
require 'action_dispatch/middleware/session/abstract_store'
require_relative 'sessd_rack'

module ActionDispatch
  module Session
    # config.session_store :sessd_store, redis: Redis.new, key: '_shop_session'
    class SessdStore < AbstractSecureStore
      include Sessd::Store

      private

      def forget_cookie(req, _res)
        req.cookie_jar.delete(key, path: @default_options[:path], domain: @default_options[:domain])
      end
    end
  end
end
