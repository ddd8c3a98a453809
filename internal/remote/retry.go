package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/lxc/incus/v6/shared/api"
)

const (
	// copyTries is how often a copy is begun when what stopped it may pass.
	copyTries = 3
	// firstPause is the pause before the second try, in the mean; the next one is longer.
	firstPause = time.Second
)

// retried runs a copy again when its failure may pass: a connection that broke, a server that was busy or restarted. Before
// another try it calls prepare; where that fails, the copy's own failure is the answer.
func retried(ctx context.Context, try func() error, prepare func() error) error {
	var failed error
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = firstPause
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if failed != nil {
			if err := prepare(); err != nil {
				return struct{}{}, backoff.Permanent(failed)
			}
		}
		if failed = try(); failed != nil && !passing(failed) {
			return struct{}{}, backoff.Permanent(failed)
		}
		return struct{}{}, failed
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(copyTries))
	if err != nil && failed != nil && ctx.Err() == nil {
		return failed
	}
	return err
}

// passingTexts are what servers say of failures that a second try does not meet: they come as text, from one server by way of
// the other (seen on 6.0.4).
var passingTexts = []string{
	"use of closed network connection",
	"connection reset by peer",
	"broken pipe",
	"unexpected eof",
	"websocket: close 1006",
	"i/o timeout",
	"tls handshake timeout",
	"bad gateway",
	"database is locked",
}

// passing reports whether a failure may be gone with the next try. A dead or unreachable server is no such failure: the run
// says so, and the next one tries again.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "connection refused") {
		return false
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF) ||
		api.StatusErrorCheck(err, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout) {
		return true
	}
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return true
	}
	text := strings.ToLower(err.Error())
	if strings.Contains(text, "cannot find parent subvolume") || strings.Contains(text, "no space left") {
		return false // the pipe broke because of these
	}
	for _, part := range passingTexts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
