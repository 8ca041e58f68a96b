package keys

import (
	"sessd/commands"
	"sessd/store"
)

const errNoReport commands.Error = "ERR this server's store tells no figures"

func (f *family) memorySpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "MEMORY STATS",
			Summary: "Returns figures about memory, by Redis's names as far as they mean something here.",
			Group:   commands.ServerGroup, Since: "1.0.0", Run: f.memoryStats,
			Example: `MEMORY STATS -> ...`,
		},
		{
			Usage:   "MEMORY DOCTOR",
			Summary: "Tells whether memory is near its limit.",
			Group:   commands.ServerGroup, Since: "1.0.0", Run: f.memoryDoctor,
			Example: `MEMORY DOCTOR -> "Memory has no limit: set maxmemory.\n"`,
		},
		{
			Usage:   "MEMORY MALLOC-STATS",
			Summary: "Is answered as Redis does without an allocator that tells figures.",
			Group:   commands.ServerGroup, Since: "1.0.0", Run: mallocStats,
			Example: `MEMORY MALLOC-STATS -> "Stats not supported for the current allocator"`,
		},
		{
			Usage:   "MEMORY PURGE",
			Summary: "Does nothing: pages that are free go back to the system by themselves.",
			Group:   commands.ServerGroup, Since: "1.0.0", Run: purge,
			Example: `MEMORY PURGE -> "OK"`,
		},
	}
}

// percent returns a part in percent of a whole, 0 of nothing.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func (f *family) memoryStats(c *commands.Call) error {
	if f.reporter == nil {
		return errNoReport
	}
	r := f.reporter.Report(c.Op)
	keys, aliases := int64(0), int64(0)
	for _, k := range r.Keyspaces {
		keys += int64(k.Keys)
		aliases += k.AliasBytes
	}
	dataset, host := r.UsedBytes-aliases, c.Dispatcher.Host.Stats()
	figures := []struct {
		name  string
		value int64
	}{
		{"peak.allocated", r.PeakBytes}, {"total.allocated", r.UsedBytes}, {"startup.allocated", 0}, {"replication.backlog", 0},
		{"clients.slaves", 0}, {"clients.normal", host.QueryBuffers + host.OutputBuffers}, {"cluster.links", 0}, {"aof.buffer", 0},
		{"overhead.total", aliases}, {"keys.count", keys}, {"keys.bytes-per-key", dataset / max(keys, 1)}, {"dataset.bytes", dataset},
	}
	c.Reply.Map(len(figures) + 2)
	for _, one := range figures {
		c.Reply.BulkString(one.name)
		c.Reply.Int(one.value)
	}
	c.Reply.BulkString("dataset.percentage")
	c.Reply.Double(percent(dataset, r.UsedBytes))
	c.Reply.BulkString("peak.percentage")
	c.Reply.Double(percent(r.UsedBytes, r.PeakBytes))
	return nil
}

func (f *family) memoryDoctor(c *commands.Call) error {
	if f.reporter == nil {
		return errNoReport
	}
	c.Reply.Verbatim("txt", diagnosis(f.reporter.Report(c.Op))+"\n")
	return nil
}

// diagnosis tells in one sentence how memory is doing.
func diagnosis(r store.Report) string {
	switch {
	case r.MaxBytes == 0:
		return "Memory has no limit: set maxmemory."
	case r.UsedBytes > r.MaxBytes/10*9:
		return "More than nine tenths of maxmemory are used."
	}
	return "Memory is below its limit."
}

func mallocStats(c *commands.Call) error {
	c.Reply.BulkString("Stats not supported for the current allocator")
	return nil
}

func purge(c *commands.Call) error {
	c.Reply.Status("OK")
	return nil
}
