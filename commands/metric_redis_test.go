package commands

import (
	"strings"
	"testing"
)

// exporterFields are what redis_exporter reads of INFO and sessd can tell. It leaves out allocator_*, used_memory_lua,
// _overhead, _startup and _dataset, and others on how Redis works inside.
const exporterFields = `uptime_in_seconds process_id connected_clients blocked_clients client_recent_max_output_buffer
	client_recent_max_input_buffer used_memory used_memory_rss used_memory_peak maxmemory mem_fragmentation_ratio
	mem_fragmentation_bytes mem_clients_slaves mem_clients_normal mem_not_counted_for_evict lazyfree_pending_objects active_defrag_running
	migrate_cached_sockets active_defrag_hits active_defrag_misses active_defrag_key_hits active_defrag_key_misses loading
	rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time rdb_last_bgsave_status rdb_last_bgsave_time_sec
	rdb_current_bgsave_time_sec rdb_last_cow_size aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec
	aof_current_rewrite_time_sec aof_last_cow_size aof_current_size aof_base_size aof_pending_rewrite aof_buffer_length
	aof_rewrite_buffer_length aof_last_bgrewrite_status aof_last_write_status module_fork_in_progress module_fork_last_cow_size
	latest_fork_usec connected_slaves repl_backlog_size repl_backlog_active repl_backlog_first_byte_offset repl_backlog_histlen
	master_repl_offset slave_expires_tracked_keys sync_full sync_partial_ok sync_partial_err total_connections_received
	total_commands_processed rejected_connections total_net_input_bytes total_net_output_bytes expired_keys evicted_keys keyspace_hits
	keyspace_misses used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children role redis_version redis_build_id
	redis_mode os maxmemory_policy tcp_port run_id cmdstat_ errorstat_ latency_percentiles_usec_ db`

// TestExporterFindsItsFields holds the rows to the names that an exporter for Redis looks for.
func TestExporterFindsItsFields(t *testing.T) {
	told := make(map[string]bool)
	for _, m := range ownMetrics() {
		told[m.Redis] = true
	}
	for field := range strings.FieldsSeq(exporterFields) {
		if !told[field] {
			t.Errorf("INFO lacks %s", field)
		}
	}
}
