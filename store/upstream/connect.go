package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/redis/rueidis"

	"sessd/store"
)

// Connect connects to the upstream and waits for its first answer. No operation may come before.
func (e *Engine) Connect() error {
	client, err := rueidis.NewClient(e.clientFor)
	if err != nil {
		return fmt.Errorf("the upstream cannot be reached: %s%s", firstLine(err), e.hint(err))
	}
	e.client = client
	if err = e.checkTopology(); err == nil {
		if err = e.askTime(); err != nil {
			err = fmt.Errorf("the upstream cannot be asked: %w", err)
		} else {
			err = e.checkRights()
		}
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

// firstLine returns the text of an error without what the client library tells programmers.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// hint returns what may be wrong with the options where a server hangs up without a word, or does not know what it is asked.
func (e *Engine) hint(err error) string {
	if e.kind == sentinel && strings.Contains(err.Error(), "unknown command 'SENTINEL'") {
		return "; it is no Sentinel: the URL of a server begins with redis or rediss"
	}
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

// checkRights returns an error where the upstream lets its user not do what every session needs.
func (e *Engine) checkRights() error {
	key := e.names.key([]byte(newHandle()))
	_, err := e.runQuick(e.context, dropScript, key, "")
	if refused, is := err.(*store.UnavailableError); is && refused.Reason == reasonNoRight {
		return errors.New("the upstream's user lacks a right that sessions need: to EVALSHA and EVAL, to the keys sess*, and to HMGET and DEL in scripts")
	}
	return nil
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
	text, err := e.client.Do(ctx, e.client.B().Info().Build()).ToString()
	switch {
	case err != nil:
	case strings.Contains(text, "cluster_enabled:1"):
		return errors.New("the upstream is a node of a cluster: the URL of that begins with redis-cluster or rediss-cluster")
	case strings.Contains(text, "role:slave"):
		e.log.Warn("the upstream is a replica: it refuses every change until it is promoted")
	}
	return nil
}
