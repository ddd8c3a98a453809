package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/lxc/incus/v6/shared/api"
)

// passingTexts are what servers, and the layers of the network, say of failures that a second try does not meet. Servers give
// them as text, one server's by way of the other (seen on 6.0.4).
var passingTexts = []string{
	"use of closed network connection",
	"connection reset by peer",
	"connection timed out",
	"broken pipe",
	"unexpected eof",
	"websocket: close 1006",
	"i/o timeout",
	"tls handshake timeout",
	"tls: bad record mac",
	lostHelper,
	"timeout awaiting response headers",
	"server closed idle connection",
	"bad gateway",
	"service unavailable",
	"gateway timeout",
	"database is locked",
	"is busy running a",
	"invalid pid", // of a container that starts or stops while its state is asked for
	"waiting for migration control connection",
	`waiting for migration "control" connection`, // one end has given the other up, which came too late
}

// lastingTexts are the causes of failures that look like broken connections, and do not pass.
var lastingTexts = []string{"connection refused", "cannot find parent subvolume", "no space left", "quota exceeded"}

// passing reports whether a failure may be gone with the next try. A server on which nothing listens is no such failure: the
// run says so, and the next one tries again.
func passing(err error) bool {
	var enough *tried
	if errors.Is(err, context.Canceled) || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &enough) {
		return false
	}
	var stall *stalled
	if errors.As(err, &stall) {
		return stall.over
	}
	text := strings.ToLower(err.Error())
	for _, part := range lastingTexts {
		if strings.Contains(text, part) {
			return false
		}
	}
	var network *net.OpError
	if errors.Is(err, errForgotten) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ETIMEDOUT) ||
		errors.As(err, &network) && network.Timeout() ||
		api.StatusErrorCheck(err, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout) {
		return true
	}
	for _, part := range passingTexts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
