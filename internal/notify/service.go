package notify

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"iab/internal/serviceurl"
)

// Service returns a notifier for a service that is named by a URL. Finish sends title and body of a failure, and with always those of
// a success, too, Test a test message; the body is cut to what the service takes. Start sends nothing. The key, such as iab.notify[0], tells one of
// several services of a sort from another.
//
// A message is sent once, and given up by the Group that it belongs to.
func Service(key string, address serviceurl.URL, always bool) Notifier {
	hidden := newSecrets(address.Secrets())
	return &service{key: key, address: address, always: always, hidden: &hidden}
}

type service struct {
	key     string
	address serviceurl.URL
	always  bool
	hidden  *secrets
}

func (s *service) Name() string { return s.address.Service() + " of " + s.key }

// GoString keeps the address out of %#v.
func (s *service) GoString() string { return s.Name() }

// String keeps the address out of %v.
func (s *service) String() string { return s.Name() }

func (s *service) Start(context.Context) error { return nil }

func (s *service) Finish(ctx context.Context, m Message) error {
	if m.OK && !s.always {
		return nil
	}
	return s.send(ctx, m)
}

func (s *service) Test(ctx context.Context) error { return s.send(ctx, testMessage) }

func (s *service) send(ctx context.Context, m Message) error {
	sent := make(chan error, 1) // buffered, so that a service given up on can still end
	go func() { sent <- s.address.Send(oneLine(clean(m.Title), gotifyTitleLimit), m.text(s.address.Limit())) }()
	select {
	case err := <-sent:
		if err == nil {
			return nil
		}
		return &Error{Text: "notify " + s.Name() + ": " + s.cause(err), Hint: "correct " + s.key + " or the service, and try it: iab check --notify"}
	case <-ctx.Done():
		return &Error{Text: "notify " + s.Name() + ": no answer in time"}
	}
}

// cause is what went wrong, without the address and what stands in it.
func (s *service) cause(err error) string {
	var withAddress *url.Error
	for errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	var timed net.Error
	if errors.As(err, &timed) && timed.Timeout() {
		return "no answer in time"
	}
	// The library's words are those of a programmer.
	return oneLine(s.hidden.redact(strings.ReplaceAll(err.Error(), "failed to ", "could not ")), 200)
}
