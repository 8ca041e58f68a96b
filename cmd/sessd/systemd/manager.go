// Package systemd talks with the service manager that started the process: it takes the sockets that were passed on, and tells
// how the process fares. Without such a manager, as systemd is one, it does nothing.
package systemd

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// loadExtension is how much longer the start may take from each step of loading on.
const loadExtension = 30 * time.Second

// Manager is told what the process does. The zero value is ready for use, from any goroutine.
type Manager struct {
	mu       sync.Mutex
	ready    bool
	stopping bool
}

// tell sends assignments, each of which is a line. A manager that is gone needs no news, so an error is dropped.
func tell(lines ...string) { daemon.SdNotify(false, strings.Join(lines, "\n")) }

// Loading tells how many bytes of all are loaded. While more come the start may take as long as it needs.
func (m *Manager) Loading(done, all int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ready || m.stopping {
		return
	}
	tell(fmt.Sprintf("STATUS=Loading: %d of %d MiB", done>>20, all>>20), fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", loadExtension.Microseconds()))
}

// Ready tells that requests are answered.
func (m *Manager) Ready() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopping {
		return
	}
	m.ready = true
	tell(daemon.SdNotifyReady, "STATUS=Ready")
}

// Reload runs what reads the configuration again, between the news that it does and how it went. Its error is that of reload.
func (m *Manager) Reload(reload func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.ready || m.stopping {
		return reload()
	}
	tell(daemon.SdNotifyReloading, strings.TrimSuffix(daemon.SdNotifyMonotonicUsec(), "\n"))
	err := reload()
	status := "STATUS=Ready"
	if err != nil {
		status = "STATUS=Ready, but nothing was read again: " + oneLine(err)
	}
	tell(daemon.SdNotifyReady, status)
	return err
}

// Stopping tells that the process ends, once.
func (m *Manager) Stopping() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopping {
		return
	}
	m.stopping = true
	tell(daemon.SdNotifyStopping, "STATUS=Stopping")
}

// Failed tells why the process ends.
func (m *Manager) Failed(err error) { tell("STATUS=Ended by an error: " + oneLine(err)) }

// oneLine returns the text of an error without ends of lines, which would begin another assignment.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// Watch runs check until ctx ends, and tells of each success, where the manager has a watchdog. The watchdog ends a
// process that it does not hear from in time. A check is over after half that time, and failed is told of its error.
// Once the process stops, which the manager limits by other means, nothing is checked.
func (m *Manager) Watch(ctx context.Context, check func(context.Context) error, failed func(error)) error {
	within, err := daemon.SdWatchdogEnabled(false)
	if within <= 0 || err != nil {
		return err
	}
	ticker := time.NewTicker(max(within/4, time.Millisecond))
	defer ticker.Stop()
	for {
		if err := m.checkOnce(ctx, within/2, check); err == nil {
			tell(daemon.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// checkOnce runs a check that has so long, unless the process stops.
func (m *Manager) checkOnce(ctx context.Context, within time.Duration, check func(context.Context) error) error {
	m.mu.Lock()
	stopping := m.stopping
	m.mu.Unlock()
	if stopping {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return check(ctx)
}
