package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Socket is where Incus puts the guest API into every instance whose security.guestapi is not false.
const Socket = "/dev/incus/sock"

const (
	// patience bounds a request that is answered at once by a server that lives.
	patience = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes; a config of 16 MiB fits.
	maxAnswer = 16<<20 + 1
	// attempts and pause are how often and how soon a request is made again that the server could not even place: to find the
	// asking instance it looks at all that run, and stumbles over one that starts or stops in that moment (seen on 6.0.4).
	attempts = 20
	pause    = 100 * time.Millisecond
	// maxSentence is how much of the server's own words stands in an error.
	maxSentence = 200
)

// Client asks the server of the instance that this process runs in. It is safe for concurrent use. All errors are an *Error.
type Client struct {
	socket string
	http   *http.Client
}

// New returns a client of the socket at that path, mostly Socket. Nothing is connected before the first request.
func New(socket string) *Client {
	c := &Client{socket: socket}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: c.dial,
		// A kept connection would outlive the rights that it was made with.
		DisableKeepAlives: true,
	}}
	return c
}

func (c *Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", c.socket)
}

// request is one question to the server; what names it in errors.
type request struct {
	what   string
	method string
	path   string
	body   string
}

// send returns an answer with status 200. The caller closes its body.
func (c *Client) send(ctx context.Context, r request) (resp *http.Response, err error) {
	err = persistently(ctx, func() error {
		resp, err = c.sendOnce(ctx, r) //nolint:bodyclose // the caller of send closes it
		return err
	})
	return resp, err
}

// persistently does something again while the server stumbles over it.
func persistently(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		var own *Error
		if !errors.As(err, &own) || !own.stumbled || attempt == attempts {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func (c *Client) sendOnce(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, "http://incus"+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, &Error{Kind: Malformed, Text: r.what + ": " + err.Error()}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(r.what, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refusal(r.what, resp)
	}
	return resp, nil
}

// read returns the whole of a short answer.
func (c *Client) read(ctx context.Context, r request) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resp, err := c.send(bounded, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, c.unreachable(r.what, err)
	case len(data) == maxAnswer:
		return nil, &Error{Kind: Malformed, Text: r.what + ": the answer is larger than 16 MiB"}
	}
	return data, nil
}

// get decodes an answer in JSON.
func (c *Client) get(ctx context.Context, what, path string, into any) error {
	data, err := c.read(ctx, request{what, http.MethodGet, path, ""})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return malformed(what)
	}
	return nil
}

func malformed(what string) *Error {
	return &Error{Kind: Malformed, Text: what + ": the answer is not what the guest API gives", Hint: "see whether Incus itself listens on the socket"}
}

// refusal is the error for an answer with another status than 200.
func refusal(what string, resp *http.Response) *Error {
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxSentence)) // what can't be read is not told
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return &Error{Kind: NotRoot, Text: what + ": the guest API answers root only", Hint: "run it as the instance's root"}
	case http.StatusForbidden:
		return &Error{Kind: Off, Text: what + ": the guest API is switched off for this instance", Hint: hintOn}
	case http.StatusNotFound:
		return &Error{Kind: Missing, Text: what + ": the server does not have it"}
	}
	e := &Error{Kind: Malformed, Text: fmt.Sprintf("%s: the server answers %s: %s", what, resp.Status, strings.TrimSpace(string(said)))}
	if resp.StatusCode == http.StatusInternalServerError {
		e.Kind, e.Hint, e.stumbled = Unreachable, hintDown, true
	}
	return e
}

// unreachable is the error for a request without an answer.
func (c *Client) unreachable(what string, err error) *Error {
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Interrupted, Text: what + ": interrupted", cause: context.Canceled}
	case errors.Is(err, errNoEntry), errors.Is(err, errNoDirectory):
		return &Error{Kind: Outside, Text: fmt.Sprintf("%s: there is no %s", what, c.socket), Hint: "it exists inside Incus instances only, unless security.guestapi is false there"}
	case errors.Is(err, errRefused):
		return &Error{Kind: Unreachable, Text: fmt.Sprintf("%s: nobody listens at %s", what, c.socket), Hint: hintDown}
	case errors.Is(err, errPermission):
		return &Error{Kind: NotRoot, Text: fmt.Sprintf("%s: %s may not be used by this user", what, c.socket), Hint: "run it as the instance's root"}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Unreachable, Text: fmt.Sprintf("%s: no answer within %s", what, patience), Hint: hintDown}
	}
	return &Error{Kind: Unreachable, Text: what + ": the connection broke off", Hint: hintDown}
}
