package libraries

// differences are the programs whose transcripts are known to differ, with the first command that is missing.
var differences = map[string]string{
	"go/asynq":               "SADD",
	"node/bull":              "LPUSH, in a script",
	"node/bullmq":            "LPUSH, in a script",
	"node/koa-ratelimit":     "ZREMRANGEBYSCORE, in a script",
	"node/redis-sessions":    "MULTI",
	"python/redis-py":        "MULTI",
	"php/laravel":            "MULTI",
	"php/symfony":            "SADD",
	"python/celery-tasks":    "ZREVRANGEBYSCORE",
	"python/django-channels": "ZREMRANGEBYSCORE",
	"python/flask-limiter":   "LINDEX, in a script",
	"python/rq-jobs":         "MULTI",
	"ruby/sidekiq":           "SADD",
}
