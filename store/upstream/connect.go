package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/redis/rueidis"
)

// Connect connects to the upstream and waits for its first answer. No operation may come before.
func (e *Engine) Connect() error {
	client, err := rueidis.NewClient(e.clientFor)
	if err != nil {
		return fmt.Errorf("the upstream cannot be reached: %w%s", err, e.hint(err))
	}
	e.client = client
	if err = e.askTime(); err != nil {
		err = fmt.Errorf("the upstream cannot be asked: %w", err)
	} else {
		err = e.checkTopology()
	}
	if err != nil {
		client.Close()
		return err
	}
	e.renewLink()
	e.advise()
	e.work.Go(e.watch)
	return nil
}

// hint returns what may be wrong with the options where a server hangs up without a word.
func (e *Engine) hint(err error) string {
	if errors.Is(err, context.DeadlineExceeded) && e.clientFor.TLSConfig != nil {
		return "; if it does not speak TLS, the URL begins with redis instead of rediss"
	}
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, io.EOF) {
		return ""
	}
	switch config := e.clientFor.TLSConfig; {
	case config == nil:
		return "; if it wants TLS, the URL begins with rediss"
	case len(config.Certificates) == 0:
		return "; if it wants a certificate of ours, --upstream-tls-cert-file names it"
	}
	return ""
}

// checkTopology returns an error where the server is of another kind than the URL says. One that does not tell is believed.
func (e *Engine) checkTopology() error {
	if e.kind == cluster {
		if _, _, err := e.slotOwners(); err != nil {
			return fmt.Errorf("the upstream is no cluster: %w", err)
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(e.context, max(e.options.Timeout, patience))
	defer cancel()
	text, err := e.client.Do(ctx, e.client.B().Info().Section("cluster").Build()).ToString()
	if err == nil && strings.Contains(text, "cluster_enabled:1") {
		return errors.New("the upstream is a node of a cluster: the URL of that begins with redis-cluster or rediss-cluster")
	}
	return nil
}
