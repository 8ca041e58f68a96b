package sessdtest

import (
	"syscall"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestStartedDaemonAnswersAndStops(t *testing.T) {
	for range 2 { // on one binary
		d := Start(t)
		d.Dial(t).Want("+PONG\r\n", "PING")
		d.Signal(syscall.SIGTERM)
		if code, stdout := d.Wait(); code != 0 || stdout != "" {
			t.Errorf("exit code %d, standard output %q", code, stdout)
		}
	}
}

func TestLaunchPassesVariablesAndFlags(t *testing.T) {
	p := Launch(t, []string{"SESSD_PORT=0"}, "--version")
	if code, stdout := p.Wait(); code != 0 || len(stdout) == 0 {
		t.Errorf("exit code %d, standard output %q", code, stdout)
	}
	p = Launch(t, []string{"SESSD_PORT=nine"})
	if code, _ := p.Wait(); code != 2 {
		t.Errorf("exit code %d, log:\n%s", code, p.Log())
	}
}
