# What the programs share: where the server is, how an outcome is printed, and how a missing library is told.
$stdout.sync = true
PORT = Integer(ENV.fetch('REDIS_PORT'))
URL = "redis://127.0.0.1:#{PORT}".freeze

def show(label, value)
  puts "#{label}: #{value.inspect}"
end

# Shows what a block answers, or its error.
def attempt(label)
  show label, yield
rescue StandardError => e
  show "#{label} fails", "#{e.class}: #{e.message}"
end

# Loads libraries, or ends the program where one is not installed.
def need(*libraries)
  libraries.each { |library| require library }
rescue LoadError => e
  warn e.message
  exit 77
end
