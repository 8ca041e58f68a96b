package libraries

// differences are the programs whose transcripts are known to differ, with the first command that is missing.
var differences = map[string]string{
	"python/django-channels": "nothing: its part over pub/sub gave up on redis-server when this was last tried",
}
