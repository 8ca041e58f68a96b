package sessdtest

import "testing"

func TestFiguresFollowTheDaemon(t *testing.T) {
	d := Start(t)
	c := d.Dial(t)
	before := d.Figures(c)
	if before.Clients != 1 || before.Goroutines < 2 || before.Threads < 2 || before.Resident < 1<<20 {
		t.Errorf("with one client: %d clients, %v", before.Clients, before)
	}
	d.Dial(t).Want("+OK\r\n", "SET", "k", "v")
	after := d.Figures(c)
	if after.Clients != 2 || after.Descriptors != before.Descriptors+1 || after.Used <= before.Used || after.CPU < before.CPU {
		t.Errorf("with another: %d clients, %v; before %v", after.Clients, after, before)
	}
}
