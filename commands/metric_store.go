package commands

import (
	"fmt"
	"strconv"

	"sessd/store"
)

// memoryMetrics are about memory.
func memoryMetrics() []Metric {
	return []Metric{
		{
			Section: "Memory", Redis: "used_memory", Prometheus: "sessd_memory_used_bytes", Kind: Bytes, Help: "what maxmemory is compared with: the engine's own count",
			Read: func(s *Snapshot) any { return s.report.UsedBytes },
		},
		{
			Section: "Memory", Redis: "used_memory_rss", Prometheus: "sessd_memory_resident_bytes", Kind: Bytes, Help: "physical memory of the process",
			Read: func(s *Snapshot) any { return s.process.resident },
		},
		{
			Section: "Memory", Redis: "used_memory_peak", Prometheus: "sessd_memory_peak_bytes", Kind: Bytes, Help: "the greatest used_memory so far",
			Read: func(s *Snapshot) any { return s.report.PeakBytes },
		},
		{
			Section: "Memory", Redis: "go_heap", Prometheus: "sessd_go_heap_bytes", Kind: Bytes, Help: "objects on the Go heap",
			Read: func(s *Snapshot) any { return s.process.heap },
		},
		{
			Section: "Memory", Redis: "go_total", Prometheus: "sessd_go_total_bytes", Kind: Bytes, Help: "all memory of the Go runtime, without the engine's",
			Read: func(s *Snapshot) any { return s.process.mapped },
		},
		{
			Section: "Memory", Redis: "go_goroutines", Prometheus: "sessd_go_goroutines", Kind: Gauge, Help: "goroutines",
			Read: func(s *Snapshot) any { return s.process.goroutines },
		},
		{
			Section: "Memory", Redis: "maxmemory", Prometheus: "sessd_memory_max_bytes", Kind: Bytes, Help: "the limit of used_memory; 0: none",
			Read: func(s *Snapshot) any { return s.report.MaxBytes },
		},
		{
			Section: "Memory", Redis: "maxmemory_policy", Help: "what is evicted to stay below maxmemory",
			Read: func(s *Snapshot) any { return s.system.SettingText("maxmemory-policy") },
		},
		{
			Section: "Memory", Redis: "mem_clients_normal", Prometheus: "sessd_client_buffers_bytes", Kind: Gauge, Help: "bytes of the buffers of all clients",
			Read: func(s *Snapshot) any { return s.server.QueryBuffers + s.server.OutputBuffers },
		},
		{
			Section: "Memory", Redis: "mem_allocator", Help: "who allocates memory",
			Read: func(s *Snapshot) any { return "go" },
		},
	}
}

// keyMetrics are about keys of every type.
func keyMetrics() []Metric {
	return []Metric{
		{
			Section: "Stats", Redis: "expired_keys", Prometheus: "sessd_expired_keys_total", Kind: Counter, Help: "keys ended by time",
			Read: func(s *Snapshot) any { return s.report.Keys[store.Expired] },
		},
		{
			Section: "Stats", Redis: "expired_subkeys", Prometheus: "sessd_expired_subkeys_total", Kind: Counter, Help: "fields of hashes ended by a time of their own",
			Read: func(s *Snapshot) any { return s.report.ExpiredFields },
		},
		{
			Section: "Stats", Redis: "evicted_keys", Prometheus: "sessd_evicted_keys_total", Kind: Counter, Help: "keys removed to make room",
			Read: func(s *Snapshot) any { return s.report.Keys[store.Evicted] },
		},
		{
			Section: "Stats", Redis: "keyspace_hits", Prometheus: "sessd_keyspace_hits_total", Kind: Counter, Help: "reads that found a key",
			Read: func(s *Snapshot) any { return s.report.KeyHits },
		},
		{
			Section: "Stats", Redis: "keyspace_misses", Prometheus: "sessd_keyspace_misses_total", Kind: Counter, Help: "reads that found none",
			Read: func(s *Snapshot) any { return s.report.KeyMisses },
		},
		{
			Section: "Keyspace", Redis: "db", Kind: Gauge, Help: "keys of each keyspace that has some",
			Label: "keyspace", Each: keyspaceLines,
		},
	}
}

// keyspaceLines emits the keyspaces that are not empty, as Redis does.
func keyspaceLines(s *Snapshot, emit func(label string, value any)) {
	for i, k := range s.report.Keyspaces {
		if k.Keys > 0 {
			emit(strconv.Itoa(i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", k.Keys, k.Expires, k.AverageTTL))
		}
	}
}

// sessionMetrics are about sessions.
func sessionMetrics() []Metric {
	return []Metric{
		{
			Section: "Sessions", Redis: "sessions", Prometheus: "sessd_sessions", Kind: Gauge, Help: "live sessions",
			Read: func(s *Snapshot) any { return s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Sessions) }) },
		},
		{
			Section: "Sessions", Redis: "sessions_anonymous", Kind: Gauge, Help: "live sessions without a principal",
			Read: func(s *Snapshot) any { return s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Anonymous) }) },
		},
		{
			Section: "Sessions", Redis: "principals", Prometheus: "sessd_principals", Kind: Gauge, Help: "principals with a live session",
			Read: func(s *Snapshot) any { return s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Principals) }) },
		},
		{
			Section: "Sessions", Redis: "sessions_created", Prometheus: "sessd_sessions_created_total", Kind: Counter, Help: "sessions created",
			Read: func(s *Snapshot) any { return s.report.Created },
		},
		{
			Section: "Sessions", Redis: "sessions_loaded", Prometheus: "sessd_sessions_loaded_total", Kind: Counter, Help: "sessions read",
			Read: func(s *Snapshot) any { return s.report.Loaded },
		},
		{
			Section: "Sessions", Redis: "sessions_saved", Prometheus: "sessd_sessions_saved_total", Kind: Counter, Help: "saves and clears",
			Read: func(s *Snapshot) any { return s.report.Saved },
		},
		{
			Section: "Sessions", Redis: "sessions_rotated", Prometheus: "sessd_sessions_rotated_total", Kind: Counter, Help: "sessions that changed their id",
			Read: func(s *Snapshot) any { return s.report.Rotated },
		},
		{
			Section: "Sessions", Redis: "sessions_destroyed", Prometheus: "sessd_sessions_destroyed_total", Kind: Counter, Help: "sessions ended by a client",
			Read: func(s *Snapshot) any { return s.report.Removed[store.Destroyed] },
		},
		{
			Section: "Sessions", Redis: "sessions_expired", Prometheus: "sessd_sessions_expired_total", Kind: Counter, Help: "sessions ended by time",
			Read: func(s *Snapshot) any { return s.report.Removed[store.Expired] },
		},
		{
			Section: "Sessions", Redis: "sessions_evicted", Prometheus: "sessd_sessions_evicted_total", Kind: Counter, Help: "sessions removed to make room",
			Read: func(s *Snapshot) any { return s.report.Removed[store.Evicted] },
		},
		{
			Section: "Sessions", Redis: "sessions_not_found", Prometheus: "sessd_sessions_not_found_total", Kind: Counter, Help: "operations on sessions that were not there",
			Read: func(s *Snapshot) any { return s.report.Refused },
		},
		{
			Section: "Sessions", Redis: "revision_conflicts", Prometheus: "sessd_revision_conflicts_total", Kind: Counter, Help: "saves that were bound to another revision",
			Read: func(s *Snapshot) any { return s.report.Conflicts },
		},
		{
			Section: "Sessions", Redis: "old_ids", Prometheus: "sessd_old_ids", Kind: Gauge, Help: "ids that rotations left behind with a grace",
			Read: func(s *Snapshot) any { return s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Aliases) }) },
		},
		{
			Section: "Sessions", Redis: "old_ids_bytes", Prometheus: "sessd_old_ids_bytes", Kind: Gauge, Help: "memory that these ids take",
			Read: func(s *Snapshot) any { return s.sum(func(k store.KeyspaceReport) int64 { return k.AliasBytes }) },
		},
		{
			Section: "Sessions", Redis: "default_idle_timeout_ms", Kind: Gauge, Help: "idle timeout of sessions that name none, in milliseconds",
			Read: func(s *Snapshot) any { return s.system.IdleTimeout.Load() },
		},
		{
			Section: "Sessions", Redis: "default_absolute_timeout_ms", Kind: Gauge, Help: "absolute timeout of sessions that name none, in milliseconds",
			Read: func(s *Snapshot) any { return s.system.AbsoluteTimeout.Load() },
		},
	}
}

// sum adds up a figure of all keyspaces.
func (s *Snapshot) sum(figure func(store.KeyspaceReport) int64) (total int64) {
	for _, k := range s.report.Keyspaces {
		total += figure(k)
	}
	return total
}
