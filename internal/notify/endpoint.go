package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// Two attempts and the pause between them fit into a Group's ten seconds.
	attemptTimeout = 4500 * time.Millisecond
	retryPause     = 500 * time.Millisecond
	maxRedirects   = 3
	maxAnswer      = 4096 // bytes of an answer that are looked at
)

// endpoint sends to one address without ever showing it. A notifier holds its
// endpoint by pointer, so that printing the notifier shows nothing of it.
type endpoint struct {
	name    string // the notifier's name
	key     string // the config key that holds the address
	form    string // how the address should look
	target  *url.URL
	hidden  *secrets
	client  *http.Client
	attempt time.Duration
	pause   time.Duration
}

// parse reads an http or https address.
func (e *endpoint) parse(address string) (*url.URL, error) {
	// What url.Parse says about a bad address quotes from it.
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case strings.TrimSpace(address) == "":
		return nil, e.invalid("it is empty")
	case err != nil:
		return nil, e.invalid("it is malformed")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, e.invalid("it starts with neither http:// nor https://")
	case u.Hostname() == "":
		return nil, e.invalid("it names no host")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// open makes the endpoint ready to send to target. It hides user and password,
// a token and all longer values in the query, and the given path segments,
// which are escaped as they stand in the address.
func (e *endpoint) open(target *url.URL, client *http.Client, segments []string) error {
	hidden := []string{target.User.Username()}
	if password, ok := target.User.Password(); ok {
		hidden = append(hidden, password)
	}
	for _, segment := range segments {
		plain, _ := url.PathUnescape(segment) // parse has seen that it is well escaped
		hidden = append(hidden, segment, plain)
	}
	for pair := range strings.SplitSeq(target.RawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, _ = url.QueryUnescape(key)
		plain, _ := url.QueryUnescape(value) // "" when it is badly escaped, then it is sent as it is
		// Hiding short switches such as create=1 would only garble texts.
		if key == "token" || len(value) >= 4 {
			hidden = append(hidden, value, plain)
		}
	}
	if slices.ContainsFunc(hidden, unprintable) {
		return e.invalid("it holds characters that can't be printed")
	}
	s := newSecrets(hidden)
	if client == nil {
		client = &http.Client{}
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	e.target, e.hidden, e.client = target, &s, &own
	e.attempt, e.pause = attemptTimeout, retryPause
	return nil
}

func unprintable(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (e *endpoint) invalid(cause string) error {
	return &Error{Text: "read the " + e.name + " URL: " + cause, Hint: e.key + " should look like " + e.form}
}

// failure is the sentence for a message that was not delivered; cause must be
// free of secrets.
func (e *endpoint) failure(cause, hint string) error {
	return &Error{Text: "notify " + e.name + " at " + shown(e.target) + ": " + cause, Hint: hint}
}

// post sends body to u, and once more after a short pause if the connection
// failed, no answer came, or the server reported an error of its own (5xx). It
// returns the beginning of the answer, without secrets.
func (e *endpoint) post(ctx context.Context, u *url.URL, contentType, body string) (string, error) {
	answer, again, err := e.try(ctx, u, contentType, body)
	if err == nil || !again {
		return answer, err
	}
	timer := time.NewTimer(e.pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return "", err
	case <-timer.C:
	}
	answer, _, err = e.try(ctx, u, contentType, body)
	return answer, err
}

// try sends once and follows redirects; again says whether a failure may pass.
func (e *endpoint) try(ctx context.Context, u *url.URL, contentType, body string) (answer string, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.attempt)
	defer cancel()
	for range maxRedirects + 1 {
		resp, err := e.send(ctx, u, contentType, body)
		if err != nil {
			return "", true, e.failure(e.cause(err), "")
		}
		answer := e.read(resp)
		location := resp.Header.Get("Location")
		if !redirects(resp.StatusCode) || location == "" {
			return answer, resp.StatusCode >= 500, e.verdict(resp.StatusCode, answer)
		}
		next, err := u.Parse(location)
		if err != nil || !mayFollow(u, next) {
			return "", false, e.strayed(next)
		}
		u = next
	}
	return "", false, e.failure("it redirects in circles", "")
}

func (e *endpoint) send(ctx context.Context, u *url.URL, contentType, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "iab")
	return e.client.Do(req)
}

// read returns the beginning of the answer without secrets and closes it. What
// can't be read is left out: the status has been received and decides.
func (e *endpoint) read(resp *http.Response) string {
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	answer := e.hidden.redact(string(raw))
	// Where reading stopped, a value may stand half.
	if err != nil || len(raw) == maxAnswer {
		answer = answer[:max(0, len(answer)-e.hidden.longest)]
	}
	return strings.TrimSpace(answer)
}

func (e *endpoint) verdict(status int, answer string) error {
	if status < 300 {
		return nil
	}
	// The reason phrase is the server's own text, so the standard one is shown.
	cause := strings.TrimSpace(fmt.Sprintf("the answer is %d %s", status, http.StatusText(status)))
	if line, _, _ := strings.Cut(answer, "\n"); line != "" && !strings.HasPrefix(line, "<") {
		cause += ", " + quote(line)
	}
	hint := ""
	if status >= 300 && status < 500 && status != http.StatusTooManyRequests {
		hint = e.key + " should look like " + e.form
	}
	return e.failure(cause, hint)
}

// cause is why nothing came back, without the address that the HTTP client
// puts into its errors.
func (e *endpoint) cause(err error) string {
	var withAddress *url.Error
	for errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	var timed net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "it was interrupted"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	}
	return oneLine(e.hidden.redact(err.Error()), 200)
}

// redirects says whether a status asks for the same request elsewhere. See
// Other is not one of them: it asks for another request.
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// mayFollow says whether what was meant for one address may be sent to another:
// only on the same host, and not from an encrypted connection to an open one.
func mayFollow(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	if from.Scheme == "http" && to.Scheme == "https" {
		return true
	}
	return from.Scheme == to.Scheme && port(from) == port(to)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

func (e *endpoint) strayed(to *url.URL) error {
	where := "an unreadable address"
	if to != nil {
		where = oneLine(e.hidden.redact(to.Scheme+"://"+to.Host), 200)
	}
	return e.failure("it redirects to "+where+", which would tell a secret to somebody else",
		"if that is the right place, put its address into "+e.key)
}
