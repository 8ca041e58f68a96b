package libraries

// differences are the programs whose transcripts are known to differ, with the first command that is missing.
var differences = map[string]string{
	"go/asynq":                   "SADD",
	"go/go-redis":                "MULTI",
	"go/limiter":                 "SCRIPT LOAD",
	"go/redigo":                  "WATCH",
	"go/redis-rate":              "EVALSHA",
	"go/redislock":               "EVALSHA",
	"go/redsync":                 "EVALSHA",
	"go/rueidis":                 "CLIENT TRACKING",
	"node/bull":                  "EVAL",
	"node/bullmq":                "HSET",
	"node/fastify-rate-limit":    "EVAL",
	"node/ioredis":               "MULTI",
	"node/keyv":                  "MULTI",
	"node/koa-ratelimit":         "EVAL",
	"node/node-redis":            "MULTI",
	"node/rate-limit-redis":      "SCRIPT LOAD",
	"node/rate-limiter-flexible": "EVAL",
	"node/redis-sessions":        "MULTI",
	"node/redlock":               "EVALSHA",
	"php/phpredis":               "MULTI",
	"php/sessions":               "EVALSHA",
	"python/redis-py":            "MULTI",
	"ruby/redis-rb":              "MULTI",
}
