package main

// metric reads one number from a result; it reports false when the result does not have it.
type metric struct {
	name   string
	digits int // after the point
	read   func(*result) (float64, bool)
}

// metrics lists the rows of the table; those that no result has are left out.
func metrics() []metric {
	return []metric{
		{"operations/s", 0, func(r *result) (float64, bool) { return r.PerSecond, r.Operations > 0 }},
		{"server CPU µs/operation", 2, perOperation(func(r *result) *cpu { return r.ServerCPU })},
		{"p50 µs", 0, quantile(measuredLatency, func(l *latency) float64 { return l.P50 })},
		{"p99 µs", 0, quantile(measuredLatency, func(l *latency) float64 { return l.P99 })},
		{"p99.9 µs", 0, quantile(measuredLatency, func(l *latency) float64 { return l.P999 })},
		{"longest µs", 0, quantile(measuredLatency, func(l *latency) float64 { return l.Max })},
		{"client CPU µs/operation", 2, perOperation(func(r *result) *cpu { return r.ClientCPU })},
		{"cores used by others", 2, func(r *result) (float64, bool) { return r.OtherCores, r.OtherCores > disturbance }},
		{"server CPU ms/s when idle", 1, func(r *result) (float64, bool) {
			if r.ServerCPU == nil || r.Operations > 0 {
				return 0, false
			}
			return r.ServerCPU.Cores * 1e3, true
		}},
		{"resident bytes each", 0, ofMemory(func(m *memory) float64 { return m.Each })},
		{"resident after destroy", 2, ofMemory(func(m *memory) float64 { return m.ShareOfPeak })},
		{"resident/live bytes", 2, ofMemory(func(m *memory) float64 { return m.PerLiveByte })},
		{"last/first quarter", 2, ofMemory(func(m *memory) float64 { return m.LastToFirst })},
		{"all expired after ms", 0, ofExpiry(func(e *expiry) float64 { return e.GoneAfter })},
		{"memory free after ms", 0, ofExpiry(func(e *expiry) float64 { return e.FreeAfter })},
		{"p99.9 µs before that", 0, quantile(quietLatency, func(l *latency) float64 { return l.P999 })},
	}
}

func measuredLatency(r *result) *latency { return r.Latency }

// quietLatency is what expire measured before the deadline.
func quietLatency(r *result) *latency {
	if r.Expiry == nil {
		return nil
	}
	return r.Expiry.Quiet
}

// quantile reads a number from a latency that not every result has.
func quantile(of func(*result) *latency, pick func(*latency) float64) func(*result) (float64, bool) {
	return func(r *result) (float64, bool) {
		l := of(r)
		if l == nil {
			return 0, false
		}
		return pick(l), true
	}
}

// perOperation reads CPU time, which says nothing where no operations were measured.
func perOperation(of func(*result) *cpu) func(*result) (float64, bool) {
	return func(r *result) (float64, bool) {
		c := of(r)
		if c == nil || r.Operations == 0 {
			return 0, false
		}
		return c.PerOperation, true
	}
}

// ofMemory reads a number that is 0 in the workloads that do not have it.
func ofMemory(pick func(*memory) float64) func(*result) (float64, bool) {
	return func(r *result) (float64, bool) {
		if r.Memory == nil || pick(r.Memory) == 0 {
			return 0, false
		}
		return pick(r.Memory), true
	}
}

// ofExpiry reads a number that only expire has.
func ofExpiry(pick func(*expiry) float64) func(*result) (float64, bool) {
	return func(r *result) (float64, bool) {
		if r.Expiry == nil {
			return 0, false
		}
		return pick(r.Expiry), true
	}
}
