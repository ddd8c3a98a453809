package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

const (
	// gotifyLimit keeps a message within the 65,535 bytes of a text column,
	// which is where Gotify on MySQL refuses it.
	gotifyLimit      = 60_000
	gotifyTitleLimit = 250
	gotifyPriority   = 5
)

// Gotify returns a notifier for a message address of a Gotify server with an
// application token in its query, https://HOST/message?token=TOKEN. Finish
// posts title and body of a failure with priority 5 (the title as body if
// there is none), the body cut to 60,000 bytes; Test posts in the same way.
// Start, and Finish after success, send nothing.
//
// A message is tried twice, and for at most 9.5 seconds. A nil client is an
// ordinary one. An unusable address is an *Error that doesn't show it.
func Gotify(address string, client *http.Client) (Notifier, error) {
	e := endpoint{
		name: "gotify", key: "iab.gotifyUrl",
		form: "https://HOST/message?token=TOKEN with the token of a Gotify application",
	}
	target, err := e.parse(address)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(target.RawQuery)
	if err != nil {
		return nil, e.invalid("its query is malformed")
	}
	if query.Get("token") == "" {
		return nil, e.invalid("it holds no token")
	}
	if err := e.open(target, client, nil); err != nil {
		return nil, err
	}
	return &gotify{endpoint: &e}, nil
}

type gotify struct{ endpoint *endpoint }

func (g *gotify) Name() string { return g.endpoint.name }

func (g *gotify) Start(context.Context) error { return nil }

func (g *gotify) Finish(ctx context.Context, m Message) error {
	if m.OK {
		return nil
	}
	return g.send(ctx, m)
}

func (g *gotify) Test(ctx context.Context) error { return g.send(ctx, testMessage) }

func (g *gotify) send(ctx context.Context, m Message) error {
	body, _ := json.Marshal(struct { // strings always encode
		Title    string `json:"title"`
		Message  string `json:"message"`
		Priority int    `json:"priority"`
	}{oneLine(clean(m.Title), gotifyTitleLimit), m.text(gotifyLimit), gotifyPriority})
	_, err := g.endpoint.post(ctx, g.endpoint.target, "application/json", string(body))
	return err
}
