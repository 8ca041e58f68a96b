// Package upstream runs the daemon over a redis-server of its own, and takes that away.
package upstream
