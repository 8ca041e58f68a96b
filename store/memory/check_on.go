//go:build sessdcheck

package memory

// checking makes every operation of every engine check the shards that it used.
const checking = true
