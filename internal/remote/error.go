package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"unicode"

	"github.com/lxc/incus/v6/shared/api"
)

// Kind says what went wrong with a server, its trust or the credentials.
type Kind string

// The kinds of an Error. Failed, the zero value, is a request that a server refused or could not carry out.
const (
	Failed         Kind = ""
	Unreachable    Kind = "unreachable"     // nothing answers at the address
	NotIncus       Kind = "not incus"       // something else than Incus answers
	PinMismatch    Kind = "pin mismatch"    // the server shows another certificate than the pinned one
	Untrusted      Kind = "untrusted"       // the server does not trust IAB's certificate
	Expired        Kind = "expired"         // IAB's certificate has expired
	Denied         Kind = "denied"          // trusted, but without the right to see the server
	Interrupted    Kind = "interrupted"     // the context was cancelled
	TokenRejected  Kind = "token rejected"  // the server does not know the token (any more)
	TokenExpired   Kind = "token expired"   // the token's time is over
	TokenForeign   Kind = "token foreign"   // the token was made by another server than the one that answers
	TokenMalformed Kind = "token malformed" // the text is no trust token
	TokenMissing   Kind = "token missing"   // no token was given where one is needed
	NotOnboarded   Kind = "not onboarded"   // there are no credentials, or no pinned certificate for the server
	BadCredentials Kind = "bad credentials" // the files of the credential directory can't be used
	BadAddress     Kind = "bad address"     // the server's URL can't be used
)

// Error is what kept IAB from working with a server: one sentence, and what a person can do about it. Neither holds a token's
// secret or a private key, and Err holds none either.
type Error struct {
	Text string
	Hint string // may be empty
	Kind Kind
	Err  error // the cause, may be nil
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause, nil where there is none to look at.
func (e *Error) Unwrap() error { return e.Err }

// Advice returns the hint.
func (e *Error) Advice() string { return e.Hint }

// Usage reports whether the cause lies on this side, in what was typed or in files, so that no server is to blame.
func (e *Error) Usage() bool {
	switch e.Kind {
	case TokenMalformed, TokenMissing, NotOnboarded, BadCredentials, BadAddress:
		return true
	}
	return false
}

// foreignLimit bounds what is repeated of a text that a server sent, in bytes.
const foreignLimit = 300

// foreign makes a text that somebody else wrote fit for one line on a terminal.
func foreign(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > foreignLimit {
		text = strings.ToValidUTF8(text[:foreignLimit], "") + "…"
	}
	return text
}

// explain says why connecting to a server failed. Only if the context was cancelled is that what the error wraps.
func (l link) explain(ctx context.Context, err error) error {
	e := &Error{Kind: Unreachable, Err: err}
	var mismatch *changed
	var unknown *net.DNSError
	var status api.StatusError
	var why string
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Kind, e.Err, why = Interrupted, ctx.Err(), "interrupted"
	case errors.As(err, &mismatch):
		e.Kind, why = PinMismatch, mismatch.Error()
		e.Hint = "if that was meant to happen, " + l.onboardHint() + "; if not, something else may answer in its place"
	case errors.Is(err, http.ErrSchemeMismatch), errors.Is(err, errNotIncus), api.StatusErrorCheck(err, http.StatusNotFound):
		e.Kind, why = NotIncus, errNotIncus.Error()
		e.Hint = "check host and port: Incus listens on port 8443 unless core.https_address says otherwise"
	case api.StatusErrorCheck(err, http.StatusForbidden):
		e.Kind, why = Denied, "IAB's certificate may not look at it: "+foreign(err.Error())
		e.Hint = "see what is set for it there: incus config trust list"
	case errors.As(err, &status):
		e.Kind, why = Failed, foreign(err.Error())
		e.Hint = "see the log of that server"
	case refusesCertificate(err):
		e.Kind, why = Untrusted, "it refuses IAB's certificate: "+plain(err)
		e.Hint = l.onboardHint()
	case errors.As(err, &unknown) && unknown.IsNotFound:
		why = fmt.Sprintf("the host name %s is not known", l.host)
		e.Hint = "check the host in the URL, and this machine's name service"
	case timedOut(err):
		e.Err, why = context.DeadlineExceeded, "no answer in time" // what it came through may say "cancelled"
		e.Hint = "check the address, the server and the firewalls between"
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "nothing listens there"
		e.Hint = "check that Incus runs there and is told to listen: incus config get core.https_address"
	default:
		why = plain(err)
		e.Hint = "check the address, the server and the network between"
	}
	e.Text = fmt.Sprintf("connect to %s: %s", l, why)
	return e
}

// refusesCertificate reports whether the server ended TLS because of our certificate, as one with a CA of its own does.
// The alerts have no exported type.
func refusesCertificate(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate")
}

func timedOut(err error) bool {
	var slow interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &slow) && slow.Timeout()
}

// plain is the innermost reason of a network error, without the layers that repeat the address.
func plain(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it hangs up"
	}
	return foreign(err.Error())
}
