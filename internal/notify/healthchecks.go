package notify

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// healthchecksLimit is how many bytes of a ping's body healthchecks.io stores
// (100 kB). A server of one's own may store less (10 kB unless configured); it
// takes the longer body and drops the rest itself.
const healthchecksLimit = 100_000

// Healthchecks returns a notifier for a ping address of healthchecks.io or of
// a server of one's own. Start posts to address/start, Finish to address after
// success and to address/fail after a failure, with the message's body (its
// title if there is none), cut to 100,000 bytes, and Test to address/log. A query
// string is kept, a trailing slash and a fragment are dropped.
//
// Each ping is tried twice, and for at most 9.5 seconds. A nil client is an
// ordinary one. An unusable address is an *Error that doesn't show it.
func Healthchecks(address string, client *http.Client) (Notifier, error) {
	e := endpoint{
		name: "healthchecks", key: "iab.healthchecksUrl",
		form: "https://HOST/ping/UUID, as the check's page shows it",
	}
	target, err := e.parse(address)
	if err != nil {
		return nil, err
	}
	var hidden []string
	for segment := range strings.SplitSeq(target.EscapedPath(), "/") {
		if segment != "" && segment != "ping" {
			hidden = append(hidden, segment)
		}
	}
	if len(hidden) == 0 {
		return nil, e.invalid("it names no check")
	}
	if err := e.open(target, client, hidden); err != nil {
		return nil, err
	}
	return &healthchecks{endpoint: &e}, nil
}

type healthchecks struct{ endpoint *endpoint }

func (h *healthchecks) Name() string { return h.endpoint.name }

func (h *healthchecks) Start(ctx context.Context) error {
	return h.ping(ctx, "/start", "")
}

func (h *healthchecks) Finish(ctx context.Context, m Message) error {
	signal := "/fail"
	if m.OK {
		signal = ""
	}
	return h.ping(ctx, signal, m.text(healthchecksLimit))
}

// Test posts to /log, which is stored and shown but changes nothing about the
// check's state (healthchecks.io/docs/http_api).
func (h *healthchecks) Test(ctx context.Context) error {
	return h.ping(ctx, "/log", testMessage.text(healthchecksLimit))
}

func (h *healthchecks) ping(ctx context.Context, signal, body string) error {
	target := withPathSuffix(h.endpoint.target, signal)
	answer, err := h.endpoint.post(ctx, target, "text/plain; charset=utf-8", body)
	if err != nil {
		return err
	}
	// healthchecks.io answers 200 "OK (not found)" or "OK (rate limited)" to
	// pings that it ignores.
	if strings.HasPrefix(answer, "OK (") {
		return h.endpoint.failure("the ping was ignored, the answer is "+quote(answer), "check that "+h.endpoint.key+" is the ping URL of an existing check")
	}
	return nil
}

// withPathSuffix returns u without trailing slashes and with suffix at the end
// of its path, before the query.
func withPathSuffix(u *url.URL, suffix string) *url.URL {
	v := *u
	v.Path = strings.TrimRight(u.Path, "/") + suffix
	if u.RawPath != "" {
		v.RawPath = strings.TrimRight(u.RawPath, "/") + suffix
	}
	return &v
}
