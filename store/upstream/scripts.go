package upstream

import (
	"context"
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"github.com/redis/rueidis"

	"sessd/store"
)

//go:embed lua/*.lua
var sources embed.FS

// script is one operation that the upstream runs as one step.
type script uint8

const (
	createScript script = iota
	saveScript
	incrScript
	takeScript
	appendScript
	clearScript
	touchScript
	expireScript
	destroyScript
	rotateScript
	endAllScript
	bindScript
	stampScript
	regenerateScript
	moveScript
	putScript
	lockScript
	unlockScript
	gatherScript
	freshScript
	dropScript
	evictScript
	scriptCount
)

var scriptNames = [scriptCount]string{"create", "save", "incr", "take", "append", "clear", "touch", "expire", "destroy", "rotate", "endall", "bind", "stamp", "regenerate", "move", "put", "lock", "unlock", "gather", "fresh", "drop", "evict"}

// scripts are the texts, with the SHA-1 by which the upstream knows them.
type scripts [scriptCount]struct {
	text string
	sha  string // in hexadecimal
	lua  *rueidis.Lua
}

// loadScripts puts the prelude before each script, and before that what a save tries first. What is reckoned on this side needs
// neither.
func loadScripts() *scripts {
	all := new(scripts)
	prelude, err := sources.ReadFile("lua/prelude.lua")
	prelude = append([]byte(metaLua()), prelude...)
	known, missing := sources.ReadFile("lua/known.lua")
	err = errors.Join(err, missing)
	for i, name := range scriptNames {
		var body []byte
		if err == nil {
			body, err = sources.ReadFile("lua/" + name + ".lua")
		}
		if err != nil {
			panic(err) // it is part of the program
		}
		all[i].text = string(prelude) + string(body)
		switch script(i) {
		case saveScript:
			all[i].text = string(known) + all[i].text
		case gatherScript, freshScript, dropScript:
			all[i].text = string(body)
		}
		sum := sha1.Sum([]byte(all[i].text))
		all[i].sha = hex.EncodeToString(sum[:])
		all[i].lua = rueidis.NewLuaScript(all[i].text)
	}
	return all
}

// answer is what a script returned: a word, and what follows it.
type answer struct {
	word string
	rest []rueidis.RedisMessage
}

// refusal returns why a script has changed nothing, where every script that makes or changes a session says so alike, or nil.
func (a answer) refusal() error {
	switch a.word {
	case "exists":
		return store.ErrSessionExists
	case "full":
		return &store.LimitError{Of: "principal", What: "sessions", Max: a.number(0)}
	case "limit":
		return &store.LimitError{What: a.text(0), Max: a.number(1)}
	case "late":
		return errLate
	}
	return nil
}

// errNonsense is what a server is told of that does not answer as scripts do.
var errNonsense = &store.UncertainError{Reason: "the upstream's answer makes no sense"}

// part returns a part of the answer, an empty one where that is not there.
func (a answer) part(i int) *rueidis.RedisMessage {
	if i >= len(a.rest) {
		return new(rueidis.RedisMessage)
	}
	return &a.rest[i]
}

func (a answer) text(i int) string {
	text, _ := a.part(i).ToString()
	return text
}

// keys returns the keys of sessions that a part of the answer has.
func (a answer) keys(i int) []string {
	keys, _ := a.part(i).AsStrSlice()
	return slices.DeleteFunc(keys, func(key string) bool { return !isSession(key) })
}

func (a answer) number(i int) int64 {
	n, _ := a.part(i).AsInt64()
	return n
}

// record returns a record of metadata, without fields.
func (a answer) record(i int) *record {
	r := new(record)
	r.setMeta(a.text(i))
	return r
}

// mostTime is the longest timeout in milliseconds that scripts reckon with exactly; a longer one counts as that.
const mostTime = 1 << 50

func duration(ms int64) string { return strconv.FormatInt(min(ms, mostTime), 10) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func flag(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// run runs a script on keys, all of one slot. With replicas it waits until so many have what it changed.
func (e *Engine) run(ctx context.Context, now int64, s script, replicas int, keys []string, args ...string) (answer, error) {
	return e.runOn(ctx, now, s, replicas, keys, "|", args...)
}

// runOn is run on a session that must have a handle, unless that is empty. Behind that and a | are the terms of a lock.
func (e *Engine) runOn(ctx context.Context, now int64, s script, replicas int, keys []string, handle string, args ...string) (answer, error) {
	all := make([]string, 0, 1+len(args))
	head := e.time(now) + "|" + e.aloneFlag + "|" + e.dead.flags(keys[0]) + "|" + handle
	all = append(append(all, head), args...)
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return answer{}, err
	}
	defer done()
	if replicas > 0 {
		return e.runReplicated(ctx, s, replicas, keys, all)
	}
	client, _ := e.tracked()
	return e.answered(e.scripts[s].lua.Exec(ctx, client, keys, all))
}

// runQuick runs a script on a key, which is tried before another that does it for everybody. It returns what it answered.
func (e *Engine) runQuick(ctx context.Context, s script, key string, args ...string) (rueidis.RedisMessage, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return rueidis.RedisMessage{}, err
	}
	defer done()
	client, _ := e.tracked()
	message, err := e.scripts[s].lua.Exec(ctx, client, []string{key}, args).ToMessage()
	return message, e.failure(err, true)
}

// knownWord is the answer of a quick save, for which the script has a number.
const knownWord = "known"

// answered reads what a script returned.
func (e *Engine) answered(result rueidis.RedisResult) (answer, error) {
	if message, err := result.ToMessage(); err == nil && message.IsInt64() {
		return answer{word: knownWord}, nil
	}
	parts, err := result.ToArray()
	if err != nil {
		return answer{}, e.failure(err, true)
	}
	word := ""
	if len(parts) > 0 {
		word, err = parts[0].ToString()
	}
	if word == "" || err != nil {
		return answer{}, errNonsense
	}
	return answer{word, parts[1:]}, nil
}

// time returns the time that scripts are to use: none, or a test's.
func (e *Engine) time(now int64) string {
	if e.options.CallerTime {
		return strconv.FormatInt(now, 10)
	}
	return ""
}
