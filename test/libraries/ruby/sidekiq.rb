# Sidekiq: jobs that are done, that fail and are to be tried again, and that wait for their time.
require_relative 'show'
need 'sidekiq', 'sidekiq/api', 'sidekiq/launcher', 'sidekiq/cli'

Sidekiq.logger.level = Logger::FATAL
Sidekiq.redis = { url: URL }
DONE = Queue.new

class Double
  include Sidekiq::Worker
  sidekiq_options retry: 5

  def perform(number)
    DONE << number * 2
    raise 'no such mailbox' if number == 13
  end
end

attempt('enqueue') { [Double.perform_async(1), Double.perform_async(13), Double.perform_in(3600, 3)].map(&:size) }
attempt('in bulk') { Sidekiq::Client.push_bulk('class' => Double, 'args' => [[4], [5]]).size }
attempt('waiting') { [Sidekiq::Queue.new.size, Sidekiq::ScheduledSet.new.size] }
attempt('arguments') { Sidekiq::Queue.new.map(&:args) }

attempt('work') do
  Sidekiq.options.merge!(queues: ['default'], concurrency: 2, timeout: 5)
  launcher = Sidekiq::Launcher.new(Sidekiq.options)
  launcher.run
  done = Array.new(4) { Thread.new { DONE.pop }.join(15)&.value }
  sleep 0.02 until Sidekiq::RetrySet.new.size == 1
  launcher.stop
  done.sort
end
attempt('to be tried again') { Sidekiq::RetrySet.new.map { |job| [job.args, job['error_message'], job['retry_count']] } }
attempt('figures') { Sidekiq::Stats.new.then { |stats| [stats.enqueued, stats.scheduled_size, stats.retry_size] } }
attempt('delete') { [Sidekiq::ScheduledSet.new.map(&:delete), Sidekiq::RetrySet.new.clear, Sidekiq::ScheduledSet.new.size] }
exit! 0
