package commands

import (
	"time"

	"sessd/store"
)

// persistenceMetrics are about the log and its snapshots, by Redis's names. Without a log they are as of a Redis that keeps
// nothing.
func persistenceMetrics() []Metric {
	var rows []Metric
	add := func(redis, prometheus string, kind MetricKind, help string, read func(*store.LogState) any) {
		rows = append(rows, Metric{
			Section: "Persistence", Redis: redis, Prometheus: prometheus, Kind: kind, Help: help,
			Read: func(s *Snapshot) any { return read(&s.log) },
		})
	}
	add("loading", "sessd_loading", Gauge, "whether data is being loaded", func(l *store.LogState) any { return oneIf(l.Loading) })
	add("loading_start_time", "", Constant, "when loading began, in seconds since the Unix epoch; 0: nothing is loaded", func(l *store.LogState) any {
		if !l.Loading {
			return 0
		}
		return l.LoadBegan.Unix()
	})
	add("loading_total_bytes", "", Constant, "bytes to load", func(l *store.LogState) any { return whileLoading(l, l.LoadBytes) })
	add("loading_loaded_bytes", "", Constant, "bytes that are loaded", func(l *store.LogState) any { return whileLoading(l, l.LoadedBytes) })
	add("loading_loaded_perc", "", Constant, "the same, of 100", func(l *store.LogState) any { return whileLoading(l, 100*l.LoadedBytes/max(l.LoadBytes, 1)) })
	add("loading_eta_seconds", "", Constant, "seconds that loading still takes", func(l *store.LogState) any {
		passed := int64(time.Since(l.LoadBegan) / time.Second)
		return whileLoading(l, passed*(l.LoadBytes-l.LoadedBytes)/max(l.LoadedBytes, 1))
	})
	add("rdb_changes_since_last_save", "sessd_changes_since_snapshot", Gauge, "steps since the last snapshot", func(l *store.LogState) any { return l.Changes })
	add("rdb_bgsave_in_progress", "sessd_snapshot_in_progress", Gauge, "whether a snapshot is being written", func(l *store.LogState) any { return oneIf(!l.SnapshotBegan.IsZero()) })
	add("rdb_last_save_time", "sessd_last_snapshot_time_seconds", Gauge, "when the last snapshot was written, in seconds since the Unix epoch", func(l *store.LogState) any { return l.LastSnapshot.Unix() })
	add("rdb_last_bgsave_status", "", Constant, "ok, or err where the last snapshot failed", func(l *store.LogState) any { return status(l.LastSnapshotError) })
	add("rdb_last_bgsave_time_sec", "", Constant, "seconds that the last snapshot took; -1: there was none", func(l *store.LogState) any { return lastTook(l) })
	add("rdb_current_bgsave_time_sec", "", Constant, "seconds since the snapshot began that is being written; -1: none is", func(l *store.LogState) any { return sinceBegan(l) })
	add("rdb_saves", "sessd_snapshots_total", Counter, "snapshots that were begun", func(l *store.LogState) any { return l.Snapshots })
	add("aof_enabled", "sessd_log_enabled", Gauge, "whether there is a log", func(l *store.LogState) any { return oneIf(l.Policy != "") })
	add("aof_rewrite_in_progress", "", Constant, "whether a snapshot is being written that replaces the log", func(l *store.LogState) any { return oneIf(!l.SnapshotBegan.IsZero()) })
	add("aof_rewrite_scheduled", "", Constant, "0, since a snapshot begins at once", func(*store.LogState) any { return 0 })
	add("aof_rewrites", "", Constant, "as rdb_saves", func(l *store.LogState) any { return l.Snapshots })
	add("aof_last_rewrite_time_sec", "", Constant, "as rdb_last_bgsave_time_sec", func(l *store.LogState) any { return lastTook(l) })
	add("aof_current_rewrite_time_sec", "", Constant, "as rdb_current_bgsave_time_sec", func(l *store.LogState) any { return sinceBegan(l) })
	add("aof_last_bgrewrite_status", "", Constant, "as rdb_last_bgsave_status", func(l *store.LogState) any { return status(l.LastSnapshotError) })
	add("aof_last_write_status", "", Constant, "ok, or err while writes are refused", func(l *store.LogState) any { return status(l.Trouble) })
	add("log_refuses_writes", "sessd_log_refuses_writes", Gauge, "whether writes are refused since the log cannot keep them", func(l *store.LogState) any { return oneIf(l.Trouble != nil) })
	add("aof_current_size", "sessd_log_bytes", Gauge, "bytes of the log after the newest snapshot, and of that", func(l *store.LogState) any { return l.LogBytes + l.SnapshotBytes })
	add("aof_base_size", "sessd_snapshot_bytes", Gauge, "bytes of the newest snapshot", func(l *store.LogState) any { return l.SnapshotBytes })
	add("aof_buffer_length", "sessd_log_pending_bytes", Gauge, "bytes of the log that the kernel does not have yet", func(l *store.LogState) any { return l.PendingBytes })
	add("log_unsynced_steps", "sessd_log_unsynced_steps", Gauge, "steps that are not on stable storage yet", func(l *store.LogState) any { return l.UnsyncedSteps })
	add("log_written_bytes", "sessd_log_written_bytes_total", Counter, "bytes written to the log", func(l *store.LogState) any { return l.BytesWritten })
	add("log_fsyncs", "sessd_log_fsyncs_total", Counter, "fsyncs of the log", func(l *store.LogState) any { return l.Fsyncs })
	add("log_last_fsync_usec", "", Gauge, "how long the last fsync took", func(l *store.LogState) any { return l.LastFsync.Microseconds() })
	return rows
}

func whileLoading(l *store.LogState, n int64) any {
	if !l.Loading {
		return 0
	}
	return n
}

func status(err error) string {
	if err != nil {
		return "err"
	}
	return "ok"
}

func lastTook(l *store.LogState) int64 {
	if l.LastSnapshotTook == 0 {
		return -1
	}
	return int64(l.LastSnapshotTook / time.Second)
}

func sinceBegan(l *store.LogState) int64 {
	if l.SnapshotBegan.IsZero() {
		return -1
	}
	return int64(time.Since(l.SnapshotBegan) / time.Second)
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
