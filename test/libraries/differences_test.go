package libraries

// differences are the programs whose transcripts are known to differ, with the first command that is missing.
var differences = map[string]string{
	"node/bull":              "LPUSH, in a script",
	"node/bullmq":            "LPUSH, in a script",
	"node/koa-ratelimit":     "ZREMRANGEBYSCORE, in a script",
	"node/redis-sessions":    "MULTI",
	"python/redis-py":        "MULTI",
	"python/django-channels": "nothing: its part over pub/sub gave up on redis-server when this was last tried",
	"python/rq-jobs":         "MULTI",
}
